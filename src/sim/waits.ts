// Who waits for what: the calls of a world's sockets that wait, for the report of a deadlock.

import type { Endpoint, WaitDirection } from '../socket/endpoint.ts'
import { formatAddress } from '../socket/sockaddr.ts'

interface Waiting {
  readonly host: string
  receive: number
  send: number
}

export class Waits {
  readonly #waiting = new Map<Endpoint, Waiting>()

  /** A call on an endpoint of `host` has begun (1) or ended (−1) to wait. */
  change(host: string, endpoint: Endpoint, change: 1 | -1, direction: WaitDirection): void {
    let one = this.#waiting.get(endpoint)
    if (one === undefined) {
      one = { host, receive: 0, send: 0 }
      this.#waiting.set(endpoint, one)
    }
    one[direction] += change
    if (one.receive + one.send === 0) this.#waiting.delete(endpoint)
  }

  /** A line each: `client: recv 10.0.0.1:49152→10.0.0.2:80 waits`. */
  lines(): string[] {
    const lines: string[] = []
    for (const [endpoint, { host, receive, send }] of this.#waiting) {
      const ends = [endpoint.localAddress(), endpoint.remoteAddress()].filter((one) => one !== undefined)
      const where = ends.map(formatAddress).join('→')
      for (let i = 0; i < receive; i++) lines.push(`${host}: ${receivingCall(endpoint)} ${where} waits`)
      for (let i = 0; i < send; i++) lines.push(`${host}: ${sendingCall(endpoint)} ${where} waits`)
    }
    return lines
  }
}

function receivingCall(endpoint: Endpoint): string {
  return endpoint.type === 2 ? 'recvfrom' : endpoint.state === 'listening' ? 'accept' : 'recv'
}

function sendingCall(endpoint: Endpoint): string {
  return endpoint.state === 'connecting' ? 'connect' : 'send'
}
