// The state of one host's TCP: its connections, its listeners, its secrets, and who has something to hear.

import type { TcpCounters } from '../base/counters.ts'
import { SipHash } from '../base/siphash.ts'
import type { TimerWheel } from '../base/timers.ts'
import type { IpLayer } from '../ip/layer.ts'
import type { Listener } from './listen.ts'
import { completeSettings, type TcpSettings } from './settings.ts'
import { ConnectionTable } from './table.ts'
import { makeTcbDoubles, type Tcb } from './tcb.ts'
import { UserOptions } from './user-options.ts'

export class TcpLayer {
  readonly ip: IpLayer
  readonly counters: TcpCounters
  readonly settings: TcpSettings
  /** Those of whoever has set none. */
  readonly options: UserOptions
  readonly timers: TimerWheel
  readonly table: ConnectionTable
  /** Connections and listeners whose users are to be told, once the protocol code is done. */
  readonly ready: (Tcb | Listener)[] = []
  /** RFC 6528's secret, RFC 6056's, and that of the timestamps' offsets. */
  readonly isnSecret: SipHash
  readonly portSecret: SipHash
  /** RFC 6056 §3.3.3's counter. */
  portsTaken = 0
  /** Challenge ACKs sent in this second (RFC 5961 §7), and which second it is. */
  challenges = 0
  challengeSecond = -1

  constructor(ip: IpLayer, counters: TcpCounters, timers: TimerWheel, settings: Partial<TcpSettings> = {}) {
    this.ip = ip
    this.counters = counters
    this.timers = timers
    this.settings = completeSettings(settings)
    this.options = new UserOptions(this.settings)
    this.isnSecret = new SipHash(secret(ip))
    this.portSecret = new SipHash(secret(ip))
    this.table = new ConnectionTable(new SipHash(secret(ip)))
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
