// The operating system's interfaces by index: Linux tells them in /sys; elsewhere Node knows the index of those that have a
// link-local address of IPv6.

import { nodeModule } from './node.ts'

const FOLDER = '/sys/class/net'

/** Each interface's index and name, in the order of the indexes. */
export function interfaceIndexes(): [index: number, name: string][] {
  return (fromSys() ?? fromScopes()).sort(([a], [b]) => a - b)
}

function fromSys(): [number, string][] | undefined {
  const { readdirSync, readFileSync } = nodeModule('fs')
  try {
    return readdirSync(FOLDER).flatMap((name): [number, string][] => {
      try {
        return [[Number(readFileSync(`${FOLDER}/${name}/ifindex`, 'latin1')), name]]
      } catch {
        return [] // not an interface, or one that has just gone
      }
    })
  } catch {
    return undefined
  }
}

function fromScopes(): [number, string][] {
  return Object.entries(nodeModule('os').networkInterfaces()).flatMap(([name, addresses]): [number, string][] => {
    const scoped = addresses?.find((one) => one.family === 'IPv6' && one.scopeid !== 0)
    return scoped?.family === 'IPv6' ? [[scoped.scopeid, name]] : []
  })
}
