// Kernels' settings as scripts name them, and which of our stack's settings they are. A value that the stack can't have
// is refused by name, never passed over.

import { CONGESTION_CONTROLS } from '../tcp/congestion.ts'
import type { TcpSettings } from '../tcp/settings.ts'
import { Unsupported } from './config.ts'

type Patch = Partial<{ -readonly [Name in keyof TcpSettings]: TcpSettings[Name] }>
type Setting = (value: string) => Patch

const nothing: Setting = () => ({})

/** Nothing to set as long as it's one of these: what the stack does anyway, or what can't be told apart in a script. */
function only(...values: string[]): Setting {
  return (value) => {
    if (values.includes(value)) return {}
    throw new Unsupported(value)
  }
}

/** The shift that lets a window of `bytes` be told (RFC 7323 §2.3), as both kernels choose it. */
function scaleFor(bytes: number): number {
  let scale = 0
  while (scale < 14 && 65535 * 2 ** scale < bytes) scale++
  return scale
}

/** `4096 540000 15728640`: least, default, most. */
function memory(value: string): [number, number] {
  const [, usual, most] = value.trim().split(/\s+/).map(Number)
  if (!(usual > 0 && most > 0)) throw new Unsupported(value)
  return [usual, most]
}

const SYN_COOKIES: Readonly<Record<string, TcpSettings['synCookies']>> = { 0: 'never', 1: 'overflow', 2: 'always' }

const ECN: Readonly<Record<string, TcpSettings['ecn']>> = { 0: 'off', 1: 'on', 2: 'passive' }

/** @throws Unsupported */
function unknown(value: string): never {
  throw new Unsupported(value)
}

const isOn = (value: string): boolean => value !== '0'

const LINUX: Readonly<Record<string, Setting>> = {
  tcp_rmem: (value) => {
    const [usual, most] = memory(value)
    // Linux tells of half of it: the rest is for its bookkeeping (tcp_adv_win_scale = 1).
    return { receiveBuffer: usual / 2, windowScale: scaleFor(most), receiveBufferMax: most / 2 }
  },
  tcp_wmem: (value) => {
    const [usual, most] = memory(value)
    return { sendBuffer: usual, sendBufferMax: most }
  },
  tcp_timestamps: (value) => ({ timestamps: isOn(value) }),
  tcp_sack: (value) => ({ sack: isOn(value) }),
  tcp_window_scaling: (value) => (isOn(value) ? {} : { windowScale: 0 }),
  tcp_syn_retries: (value) => ({ maxSynRetransmissions: Number(value) }),
  tcp_synack_retries: nothing,
  tcp_retries2: (value) => ({ maxRetransmissions: Number(value) }),
  tcp_fin_timeout: (value) => ({ finWait2Ms: Number(value) * 1000 }),
  tcp_keepalive_time: (value) => ({ keepIdleMs: Number(value) * 1000 }),
  tcp_keepalive_intvl: (value) => ({ keepIntervalMs: Number(value) * 1000 }),
  tcp_keepalive_probes: (value) => ({ keepCount: Number(value) }),
  tcp_congestion_control: (value) => ({ congestion: CONGESTION_CONTROLS.includes(value) ? value : unknown(value) }),
  tcp_ecn: (value) => ({ ecn: ECN[value] ?? unknown(value) }),
  tcp_dsack: only('1'),
  tcp_fack: only('0'),
  tcp_frto: (value) => ({ frto: isOn(value) }),
  tcp_reordering: only('3'),
  tcp_early_retrans: (value) => ({ tailLossProbe: value === '3' || value === '4' }),
  tcp_recovery: (value) => ({ rack: isOn(value) }),
  tcp_slow_start_after_idle: (value) => ({ slowStartAfterIdle: isOn(value) }),
  tcp_no_metrics_save: nothing,
  tcp_syncookies: (value) => ({ synCookies: SYN_COOKIES[value] ?? unknown(value) }),
  // A memory of earlier connections, pacing and segmentation by the device: nothing that a virtual wire shows.
  tcp_tso_win_divisor: nothing,
  tcp_min_tso_segs: nothing,
  tcp_pacing_ss_ratio: nothing,
  tcp_pacing_ca_ratio: nothing,
  tcp_ecn_option: nothing,
  tcp_notsent_lowat: (value) => ({ notSentLowat: Number(value) >>> 0 }),
  // Nothing happens before a script asks for it by TCP_FASTOPEN, TCP_FASTOPEN_CONNECT or MSG_FASTOPEN.
  tcp_fastopen: nothing,
  tcp_fastopen_key: nothing,
}

const FREEBSD: Readonly<Record<string, Setting>> = {
  'net.inet.tcp.rfc1323': (value) => (isOn(value) ? { timestamps: true } : { timestamps: false, windowScale: 0 }),
  'net.inet.tcp.blackhole': only('0'),
  'net.inet.tcp.sack.enable': (value) => ({ sack: isOn(value) }),
  'net.inet.tcp.ecn.enable': (value) => ({ ecn: ECN[value] ?? unknown(value) }),
  'kern.ipc.maxsockbuf': (value) => ({ windowScale: scaleFor(Number(value)) }),
  'net.inet.tcp.recvspace': (value) => ({ receiveBuffer: Number(value) }),
  'net.inet.tcp.sendspace': (value) => ({ sendBuffer: Number(value) }),
  'net.inet.tcp.rexmit_initial': (value) => ({ rtoInitialMs: Number(value) }),
  'net.inet.tcp.tolerate_missing_ts': (value) => ({ requireTimestamps: !isOn(value) }),
  'net.inet.tcp.syncookies': (value) => ({ synCookies: isOn(value) ? 'overflow' : 'never' }),
  'net.inet.tcp.syncookies_only': only('0'),
  // How long a SYN is tried for: no script waits so long.
  'net.inet.tcp.keepinit': only('75000'),
  'net.inet.tcp.rexmit_slop': nothing,
  'net.inet.tcp.rexmit_drop_options': only('0'),
  'net.inet.tcp.msl': (value) => ({ mslMs: Number(value) }),
  'net.inet.tcp.keepidle': (value) => ({ keepIdleMs: Number(value) }),
  'net.inet.tcp.keepintvl': (value) => ({ keepIntervalMs: Number(value) }),
  'net.inet.tcp.keepcnt': (value) => ({ keepCount: Number(value) }),
  'net.inet.tcp.delayed_ack': only('1'),
  'net.inet.tcp.delacktime': (value) => ({ delayedAckMs: Number(value) }),
  'net.inet.tcp.hostcache.purgenow': nothing,
  'net.inet.tcp.hostcache.enable': nothing,
  // RFC 793's answers to resets and SYNs within the window, where RFC 9293 §3.10.7.4 has RFC 5961's.
  'net.inet.tcp.insecure_rst': (value) => ({ insecureReset: isOn(value) }),
  'net.inet.tcp.insecure_syn': (value) => ({ insecureSyn: isOn(value) }),
  'net.inet.tcp.drop_synfin': (value) => ({ dropSynFin: isOn(value) }),
  'net.inet.tcp.icmp_may_rst': only('1'),
}

/** What `name=value` sets. @throws Unsupported if the stack has nothing like it */
export function readSysctl(name: string, value: string): Patch {
  const path = name.replace(/^\/proc\/sys\//, '').replaceAll('/', '.')
  const setting = FREEBSD[path] ?? LINUX[path.replace(/^net\.ipv4\./, '')]
  try {
    if (setting !== undefined) return setting(value)
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    throw new Unsupported(`${path}=${value}`)
  }
  throw new Unsupported(`${path}=${value}`)
}
