// Where a packet goes: the longest prefix that contains its destination decides (RFC 1812 §5.2.4.3).

import { type Address, type AddressBits, isLoopback, type Prefix } from '../wire/address.ts'
import type { Interface } from './interface.ts'

/** One way out. */
export class Route {
  readonly prefix: Prefix
  readonly via: Interface
  /** The router on the link; undefined where destinations are on the link themselves. */
  readonly gateway: Address | undefined
  /** Where several fit equally, the smallest wins. */
  readonly metric: number

  constructor(prefix: Prefix, via: Interface, gateway?: Address, metric = 0) {
    this.prefix = prefix
    this.via = via
    this.gateway = gateway
    this.metric = metric
  }
}

/** One host's routes. */
export class RouteTable {
  /** Longest prefix first, then by metric. */
  readonly #routes: Route[] = []
  /** What reaches this host itself. */
  loopback: Route | undefined
  /** Changes with the table: who keeps a route compares. */
  generation = 0

  add(route: Route): void {
    const after = this.#routes.findIndex((one) => isBefore(route, one))
    this.#routes.splice(after < 0 ? this.#routes.length : after, 0, route)
    this.generation++
  }

  /** Takes out every route over `via`. */
  removeInterface(via: Interface): void {
    for (let i = this.#routes.length - 1; i >= 0; i--) if (this.#routes[i].via === via) this.#routes.splice(i, 1)
    this.generation++
  }

  /**
   * Negative advice (RFC 9293 §3.8.3, RFC 1122 §3.3.1.4): what was sent by `route` may not arrive. Others of the same
   * prefix come first from now on.
   */
  doubt(route: Route): void {
    const at = this.#routes.indexOf(route)
    let last = at
    while (at >= 0 && this.#routes[last + 1]?.prefix.length === route.prefix.length) last++
    if (at < 0 || last === at) return
    this.#routes.splice(at, 1)
    this.#routes.splice(last, 0, route)
    this.generation++
  }

  get routes(): readonly Route[] {
    return this.#routes
  }

  /** The route to `to`, or undefined. @param local whether `to` is this host's own address */
  find(to: AddressBits, local: boolean): Route | undefined {
    if (local || isLoopback(to)) return this.loopback
    for (let i = 0; i < this.#routes.length; i++) if (this.#routes[i].prefix.contains(to)) return this.#routes[i]
    return undefined
  }
}

function isBefore(a: Route, b: Route): boolean {
  if (a.prefix.length !== b.prefix.length) return a.prefix.length > b.prefix.length
  return a.metric < b.metric
}
