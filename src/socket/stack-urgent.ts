// Urgent data of a stream of our own stack (RFC 9293 §3.8.5, RFC 6093), as its endpoint offers it.

import { SYN_RECEIVED, SYN_SENT } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { isAtMark, tcpReceiveUrgent, tcpSendUrgent } from '../tcp/urgent.ts'
import { NO_URGENT, type UrgentEndpoint, WOULD_BLOCK } from './endpoint.ts'
import type { StackHost } from './stack-host.ts'

/** The urgent mechanism of one stream. */
export class StackUrgent implements UrgentEndpoint {
  readonly #host: StackHost
  readonly #tcb: () => Tcb | undefined

  constructor(host: StackHost, tcb: () => Tcb | undefined) {
    this.#host = host
    this.#tcb = tcb
  }

  send(bytes: Uint8Array, start: number, end: number): number {
    const tcb = this.#tcb()
    if (tcb === undefined || tcb.state === SYN_SENT || tcb.state === SYN_RECEIVED) return WOULD_BLOCK
    this.#host.enter()
    const taken = tcpSendUrgent(tcb, bytes, start, end)
    this.#host.leave()
    return taken === 0 && start < end ? WOULD_BLOCK : taken
  }

  recv(peek: boolean): number {
    const tcb = this.#tcb()
    return tcb === undefined ? NO_URGENT : tcpReceiveUrgent(tcb, peek)
  }

  get atMark(): boolean {
    const tcb = this.#tcb()
    return tcb !== undefined && isAtMark(tcb)
  }

  get pending(): boolean {
    const tcb = this.#tcb()
    return tcb !== undefined && tcb.urgentAt >= 0 && tcb.urgentByte >= 0 && !tcb.urgentTaken
  }

  takeNews(): boolean {
    const tcb = this.#tcb()
    if (tcb === undefined || !tcb.urgentNews) return false
    tcb.urgentNews = false
    return true
  }
}
