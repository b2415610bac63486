// What a simulated link is told: how fast, how far, and how badly. One record for each direction, checked as a whole.

/** One direction of a link; all of it may be left out. Shares are of all packets, from 0 to 1. */
export interface LinkOptions {
  /** How long a packet is on its way, one way; 0 if left out. */
  delayMs?: number | undefined
  /** Up to so much more, drawn for each packet; none overtakes another because of it. */
  jitterMs?: number | undefined
  /** Million bits in a second; as many as there are if left out. */
  rateMbps?: number | undefined
  /** Bytes that may wait where there's a rate; one bandwidth-delay product (of the round trip), at least 64 KB, if left out. */
  queueBytes?: number | undefined
  /** The share that never arrives; and how many are lost in a row, on average: 1, each by itself, if left out. */
  loss?: number | undefined
  lossBurst?: number | undefined
  /** The share that arrives twice. */
  duplicate?: number | undefined
  /** The share in which one bit is flipped, anywhere in the IP packet. */
  corrupt?: number | undefined
  /** The share that is held back, so that later packets overtake it; and for how long, 10 ms if left out. */
  reorder?: number | undefined
  reorderMs?: number | undefined
  /** The largest IP packet; 1500 bytes if left out. */
  mtu?: number | undefined
}

/** One direction's options, complete. */
export type LinkSettings = { readonly [name in keyof LinkOptions]-?: number }

const DEFAULTS: LinkSettings = {
  delayMs: 0,
  jitterMs: 0,
  rateMbps: Number.POSITIVE_INFINITY,
  queueBytes: Number.NaN,
  loss: 0,
  lossBurst: 1,
  duplicate: 0,
  corrupt: 0,
  reorder: 0,
  reorderMs: 10,
  mtu: 1500,
}

const SMALLEST_QUEUE = 65536
/** RFC 791 §3.2: what every module must be able to forward. */
const SMALLEST_MTU = 68
const LARGEST_MTU = 65535
const BYTES_PER_MS_AND_MBPS = 125

/** Bytes that leave in a millisecond. */
export function bytesPerMs(settings: LinkSettings): number {
  return settings.rateMbps * BYTES_PER_MS_AND_MBPS
}

/**
 * The two directions' settings.
 *
 * @param options one record for both, or one for each
 * @throws TypeError for what is no number or no option, RangeError for what can't be
 */
export function linkSettings(
  options: LinkOptions | readonly [LinkOptions, LinkOptions],
): readonly [LinkSettings, LinkSettings] {
  const [forth, back] = (isPair(options) ? options : [options, options]).map(checked)
  const roundTripMs = forth.delayMs + back.delayMs
  return [withQueue(forth, roundTripMs), withQueue(back, roundTripMs)]
}

function isPair(
  options: LinkOptions | readonly [LinkOptions, LinkOptions],
): options is readonly [LinkOptions, LinkOptions] {
  if (!Array.isArray(options)) return false
  if (options.length !== 2)
    throw new TypeError(`link: a pair has options for two directions, not for ${options.length}`)
  return true
}

function withQueue(settings: LinkSettings, roundTripMs: number): LinkSettings {
  if (!Number.isNaN(settings.queueBytes)) return settings
  const product = settings.rateMbps === Number.POSITIVE_INFINITY ? 0 : bytesPerMs(settings) * roundTripMs
  return { ...settings, queueBytes: Math.max(SMALLEST_QUEUE, Math.ceil(product)) }
}

function checked(options: LinkOptions): LinkSettings {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`link: options must be an object, not ${options}`)
  const settings: { -readonly [name in keyof LinkSettings]: number } = { ...DEFAULTS }
  for (const [name, value] of Object.entries(options)) {
    if (!(name in DEFAULTS))
      throw new TypeError(`link: there is no option ${name}; there are ${Object.keys(DEFAULTS).join(', ')}`)
    if (value === undefined) continue
    if (typeof value !== 'number') throw new TypeError(`link: ${name} must be a number, not ${typeof value}`)
    settings[name as keyof LinkSettings] = value
  }
  for (const name of ['loss', 'duplicate', 'corrupt', 'reorder'] as const) check(settings, name, 0, 1)
  for (const name of ['delayMs', 'jitterMs', 'reorderMs'] as const) check(settings, name, 0, Number.MAX_VALUE)
  if (options.queueBytes !== undefined) check(settings, 'queueBytes', 0, Number.POSITIVE_INFINITY)
  check(settings, 'lossBurst', 1, Number.MAX_VALUE)
  // Between two runs of lost packets there's at least one that isn't lost.
  if (settings.lossBurst > 1) check(settings, 'loss', 0, settings.lossBurst / (1 + settings.lossBurst))
  check(settings, 'rateMbps', Number.MIN_VALUE, Number.POSITIVE_INFINITY)
  check(settings, 'mtu', SMALLEST_MTU, LARGEST_MTU)
  if (!Number.isInteger(settings.mtu)) throw new RangeError(`link: mtu must be whole, not ${settings.mtu}`)
  return settings
}

function check(settings: LinkSettings, name: keyof LinkSettings, least: number, most: number): void {
  const value = settings[name]
  if (value >= least && value <= most) return
  const limits =
    most === Number.POSITIVE_INFINITY || most === Number.MAX_VALUE
      ? `${least === Number.MIN_VALUE ? 'above 0' : `${least} or more`}`
      : `${least}..${most}`
  throw new RangeError(`link: ${name} must be ${limits}, not ${value}`)
}
