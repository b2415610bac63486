// What a figure depends on besides the program: the runtime, the machine, and the kernel's congestion control.

import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, release, type } from 'node:os'

export const runtime: string = `Node ${process.versions.node} (V8 ${process.versions.v8})`

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${availableParallelism()} × ${model}, ${arch()}, ${type()} ${release()}`
}

/** TCP's, where the system says: BBR halves what CUBIC does over loopback. */
export function congestionControl(): string {
  try {
    return readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
