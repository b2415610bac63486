// poll() and the calls of epoll, on the script's sockets.

import { SocketError } from '../socket/errors.ts'
import { field } from './arguments.ts'
import { Unsupported } from './config.ts'
import type { Outcome } from './outcome.ts'
import { ok } from './outcome.ts'
import { arrivals, type Behind, readiness } from './readiness.ts'
import { numberOf } from './symbols.ts'
import type { Value } from './syntax.ts'
import type { Testbed } from './testbed.ts'
import { Epoll, waitReady } from './waiting.ts'

export class PollCalls {
  readonly #bed: Testbed
  readonly #sockets: ReadonlyMap<number, Behind>
  readonly #epolls = new Map<number, Epoll>()

  constructor(bed: Testbed, sockets: ReadonlyMap<number, Behind>) {
    this.#bed = bed
    this.#sockets = sockets
  }

  epollCreate(fd: number): Outcome {
    this.#epolls.set(fd, new Epoll())
    return ok(fd)
  }

  /** A descriptor was closed. @returns whether it was an epoll's */
  closed(fd: number): boolean {
    for (const epoll of this.#epolls.values()) epoll.forget(fd)
    return this.#epolls.delete(fd)
  }

  async poll([list, , timeout]: readonly Value[]): Promise<Outcome> {
    if (list?.kind !== 'list') throw new Unsupported('poll without a list')
    const entries = list.items.map((item) => ({
      fd: numberOf(field(item, 'fd')),
      events: numberOf(field(item, 'events')),
      wanted: item.kind === 'struct' && item.fields.has('revents') ? numberOf(field(item, 'revents')) : 0,
    }))
    const seen = (): number[] =>
      entries.map(({ fd, events }) => {
        const descriptor = this.#sockets.get(fd)
        return descriptor === undefined ? 32 : readiness(descriptor) & (events | 8 | 16)
      })
    const bits = await waitReady(this.#bed, numberOf(timeout), () => {
      const now = seen()
      return now.some((bit) => bit !== 0) ? now : undefined
    })
    const revents = bits ?? entries.map(() => 0)
    const wrong = entries.findIndex(({ wanted }, i) => wanted !== revents[i])
    return {
      result: revents.filter((bit) => bit !== 0).length,
      errno: '',
      mismatch:
        wrong < 0 ? undefined : `revents of ${entries[wrong].fd} are ${revents[wrong]}, not ${entries[wrong].wanted}`,
    }
  }

  epollCtl([epfd, operation, fd, event]: readonly Value[]): Outcome {
    const epoll = this.#epolls.get(numberOf(epfd))
    if (epoll === undefined) throw new SocketError('EBADF')
    if (numberOf(operation) === 2) epoll.forget(numberOf(fd))
    else {
      if (!this.#sockets.has(numberOf(fd))) throw new SocketError('EBADF')
      epoll.watch(numberOf(fd), numberOf(field(event, 'events')))
    }
    return ok(0)
  }

  async epollWait([epfd, event, , timeout]: readonly Value[]): Promise<Outcome> {
    const epoll = this.#epolls.get(numberOf(epfd))
    if (epoll === undefined) throw new SocketError('EBADF')
    const look = (fd: number): { bits: number; arrived: number } => {
      const descriptor = this.#sockets.get(fd)
      return descriptor === undefined
        ? { bits: 0, arrived: 0 }
        : { bits: readiness(descriptor), arrived: arrivals(descriptor) }
    }
    // An edge-triggered socket's state is taken note of at each entry, so that no edge between two waits is missed.
    const found = await waitReady(this.#bed, numberOf(timeout), () => epoll.take(look))
    const wanted = numberOf(field(event, 'events'))
    const bits = found?.bits ?? 0
    const mismatch = bits === wanted ? undefined : `events are ${bits}, not ${wanted}`
    return { result: found === undefined ? 0 : 1, errno: '', mismatch }
  }
}
