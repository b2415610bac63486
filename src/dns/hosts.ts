// A hosts table: names that are known without asking anybody, as of hosts(5). Owns the two forms in which it is given and the
// search in it.

import { formatAddress, parseAddress } from '../wire/address.ts'
import { nameKey } from '../wire/dns-name.ts'

/** Names and their addresses: an object, or the text of a hosts file. */
export type HostsOption = Readonly<Record<string, readonly string[]>> | string

/** A host, as a look-up finds it. */
export interface HostRecord {
  /** Its official name. */
  readonly name: string
  readonly aliases: readonly string[]
  /** In their usual text. */
  readonly addresses: readonly string[]
}

interface Line {
  readonly address: string
  readonly names: readonly string[]
}

export class HostsTable {
  readonly #lines: readonly Line[]

  /** @throws TypeError for an object whose addresses are none; what a file says wrongly is passed over */
  constructor(hosts: HostsOption) {
    this.#lines = typeof hosts === 'string' ? parseHosts(hosts) : Object.entries(hosts).flatMap(linesOf)
  }

  /** The host of this name, all the table's addresses for it together. */
  find(name: string): HostRecord | undefined {
    const key = nameKey(name)
    const lines = this.#lines.filter(({ names }) => names.some((one) => nameKey(one) === key))
    if (lines.length === 0) return undefined
    const [first] = lines[0].names
    const others = lines.flatMap(({ names }) => names).filter((one) => nameKey(one) !== nameKey(first))
    return { name: first, aliases: [...new Set(others)], addresses: [...new Set(lines.map((line) => line.address))] }
  }

  /** The host of this address: its first line counts. @param address in its usual text */
  nameOf(address: string): HostRecord | undefined {
    const line = this.#lines.find((one) => one.address === address)
    return line === undefined ? undefined : { name: line.names[0], aliases: line.names.slice(1), addresses: [address] }
  }
}

function linesOf([name, addresses]: [string, readonly string[]]): Line[] {
  if (!Array.isArray(addresses)) throw new TypeError(`hosts: ${name} must have an array of addresses`)
  return addresses.map((text: unknown) => {
    const address = typeof text === 'string' ? parseAddress(text) : undefined
    if (address === undefined) throw new TypeError(`hosts: ${JSON.stringify(text)}, of ${name}, is no address`)
    return { address: formatAddress(address), names: [name] }
  })
}

/** An address and its names a line; `#` begins a comment. */
function parseHosts(text: string): Line[] {
  const lines: Line[] = []
  for (const line of text.split('\n')) {
    const [host, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseAddress(host)
    if (address !== undefined && names.length > 0) lines.push({ address: formatAddress(address), names })
  }
  return lines
}
