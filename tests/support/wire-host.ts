// One engine on a link whose other end is the test: it injects packets and takes what was sent. What a packet script is
// for TCP, this is for IP, ICMP and UDP.

import { NO_FRAME, packets } from '../../src/base/packets.ts'
import { derive } from '../../src/base/random.ts'
import type { Interface } from '../../src/ip/interface.ts'
import { type PipeEnd, pipe } from '../../src/link/pipe.ts'
import { Engine, LEAST_IPV6_MTU } from '../../src/stack/engine.ts'
import { describeIp } from '../../src/wire/describe.ts'

const IPV4 = '10.0.0.1/24'

export class WireHost {
  readonly engine: Engine
  readonly eth0: Interface
  now = 1000
  readonly #far: PipeEnd

  /** A host with 10.0.0.1/24 and, where the MTU allows it, fd00::1/64 on a link that checks everything. */
  constructor(mtu = 1500, addresses: readonly string[] = mtu < LEAST_IPV6_MTU ? [IPV4] : [IPV4, 'fd00::1/64']) {
    const [near, far] = pipe({ mtu, superSegments: false, checksumOffload: false })
    this.#far = far
    this.engine = new Engine(derive(1, 'wire-host'), this.now)
    this.eth0 = this.engine.attach('eth0', near, addresses)
  }

  /** Lets a packet arrive. @returns what was sent, in answer or before */
  arrives(packet: Uint8Array): Uint8Array[] {
    packets.grow()
    const frame = packets.take(packet.length)
    packets.bytes.set(packet, packets.start[frame])
    this.#far.transmit(frame)
    this.does(() => this.engine.poll(100))
    return this.sent()
  }

  /** One entry of the engine. */
  does<T>(work: () => T): T {
    this.engine.enter(this.now)
    const result = work()
    this.engine.leave()
    return result
  }

  /** What was sent since the last time. */
  sent(): Uint8Array[] {
    const all: Uint8Array[] = []
    for (let frame = this.#far.receive(); frame !== NO_FRAME; frame = this.#far.receive()) {
      all.push(packets.bytes.slice(packets.start[frame], packets.end[frame]))
      packets.give(frame)
    }
    return all
  }
}

/** Packets as tcpdump writes them. */
export function described(all: readonly Uint8Array[]): string[] {
  return all.map((one) => describeIp(one, 0, one.length))
}
