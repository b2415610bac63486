// Calls that wait for several sockets: poll's waiting, and what an epoll remembers of the sockets that it watches.

import type { Testbed } from './testbed.ts'

const EPOLLIN = 1
const EPOLLOUT = 4
const EPOLLONESHOT = 0x40000000
const EPOLLET = 0x80000000
const ALWAYS = 8 | 16

/**
 * Waits until `look` finds something.
 * @param timeoutMs 0: not at all; below 0: for ever
 * @returns what it found, or undefined when the time is over
 */
export function waitReady<T>(bed: Testbed, timeoutMs: number, look: () => T | undefined): Promise<T | undefined> {
  const found = look()
  if (found !== undefined || timeoutMs === 0) return Promise.resolve(found)
  return new Promise((resolve) => {
    const end = (value: T | undefined): void => {
      cancel()
      bed.watchers.delete(watch)
      resolve(value)
    }
    const watch = (): void => {
      const value = look()
      if (value !== undefined) end(value)
    }
    const cancel = timeoutMs < 0 ? () => {} : bed.clock.wakeAt(bed.clock.now() + timeoutMs, () => end(undefined))
    bed.watchers.add(watch)
  })
}

/** What is known of one watched socket. */
interface Watched {
  events: number
  /** What was told last, for edge-triggered ones. */
  told: number
  arrived: number
}

/** One epoll descriptor. */
export class Epoll {
  readonly #watched = new Map<number, Watched>()

  watch(fd: number, events: number): void {
    this.#watched.set(fd, { events, told: 0, arrived: -1 })
  }

  forget(fd: number): void {
    this.#watched.delete(fd)
  }

  /** The next socket with something to tell, and what: bits of EPOLL…. */
  take(look: (fd: number) => { bits: number; arrived: number }): { fd: number; bits: number } | undefined {
    for (const [fd, watched] of this.#watched) {
      const { bits, arrived } = look(fd)
      const asked = bits & ((watched.events & 0xffff) | ALWAYS)
      const isEdge = Math.floor(watched.events / EPOLLET) % 2 === 1
      const isNew = (asked & ~watched.told) !== 0 || ((asked & EPOLLIN) !== 0 && arrived !== watched.arrived)
      // What has gone can come again.
      watched.told &= asked | (isEdge ? 0 : EPOLLIN | EPOLLOUT)
      if (asked === 0 || (isEdge && !isNew)) continue
      watched.told = asked
      watched.arrived = arrived
      if ((watched.events & EPOLLONESHOT) !== 0) watched.events = 0
      return { fd, bits: asked }
    }
    return undefined
  }
}
