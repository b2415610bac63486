// The state of one host's TCP: its connections, its listeners, its secrets, and who has something to hear.

import type { TcpCounters } from '../base/counters.ts'
import { SipHash } from '../base/siphash.ts'
import type { TimerWheel } from '../base/timers.ts'
import type { IpLayer } from '../ip/layer.ts'
import { SynCache } from './half-open.ts'
import type { Listener } from './listen.ts'
import { completeSettings, type TcpSettings } from './settings.ts'
import { ConnectionTable } from './table.ts'
import { makeTcbDoubles, type Tcb } from './tcb.ts'
import { UserOptions } from './user-options.ts'
import type { TcpWatcher } from './watch.ts'

export class TcpLayer {
  readonly ip: IpLayer
  readonly counters: TcpCounters
  readonly settings: TcpSettings
  /** Those of whoever has set none. */
  readonly options: UserOptions
  readonly timers: TimerWheel
  readonly table: ConnectionTable
  /** Passive opens whose handshake isn't complete. */
  readonly halfOpen: SynCache
  /** Connections and listeners whose users are to be told, once the protocol code is done. */
  readonly ready: (Tcb | Listener)[] = []
  /** Connections that owe an acknowledgement of what came in this batch. */
  readonly owing: Tcb[] = []
  /** RFC 6528's secret, and that of the timestamps' offsets; RFC 6056's; SYN cookies'. */
  readonly isnSecret: SipHash
  readonly portSecret: SipHash
  readonly cookieSecret: SipHash
  /** RFC 6056 §3.3.3's counter. */
  portsTaken = 0
  /** Challenge ACKs that may still be sent in this second (challenge.ts), and which second it is. */
  challengesLeft = 0
  challengeSecond = -1
  /** Is told of retransmissions. */
  watcher: TcpWatcher | undefined = undefined

  constructor(ip: IpLayer, counters: TcpCounters, timers: TimerWheel, settings: Partial<TcpSettings> = {}) {
    this.ip = ip
    this.counters = counters
    this.timers = timers
    this.settings = completeSettings(settings)
    this.options = new UserOptions(this.settings)
    this.isnSecret = new SipHash(secret(ip))
    this.portSecret = new SipHash(secret(ip))
    this.table = new ConnectionTable(new SipHash(secret(ip)))
    this.halfOpen = new SynCache(new SipHash(secret(ip)))
    this.cookieSecret = new SipHash(secret(ip))
    ip.pathMtus.floor = this.settings.minPathMtu
    ip.pathMtus.ageMs = this.settings.pathMtuAgeMs
    makeTcbDoubles(this)
  }
}

function secret(ip: IpLayer): Uint8Array {
  const key = new Uint8Array(16)
  for (let i = 0; i < 16; i += 4) new DataView(key.buffer).setUint32(i, ip.random.next32())
  return key
}

/** Its user is to be told that something may have changed. */
export function markReady(tcb: Tcb | Listener): void {
  if (tcb.listed) return
  tcb.listed = true
  tcb.layer.ready.push(tcb)
}
