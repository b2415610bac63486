// What a script says: the tree that the parser makes and the runner walks. Times are whole microseconds, as packetdrill
// counts them; sequence numbers are the script's own.

/** `--name=value` at the top. */
export interface OptionLine {
  readonly line: number
  readonly name: string
  readonly value: string | undefined
}

export interface Script {
  readonly options: readonly OptionLine[]
  /** Shell lines before the first event, and after the last. */
  readonly prelude: Command | undefined
  readonly events: readonly Event[]
  readonly cleanup: Command | undefined
}

/** When: at a time since the begin, a time since what came before, or whenever it may be. */
export interface EventTime {
  readonly from: 'begin' | 'last' | 'any'
  readonly us: number
  /** The end of a range; the same as `us` if there's none. */
  readonly endUs: number
  readonly isRange: boolean
}

export interface Event {
  readonly line: number
  readonly time: EventTime
  readonly action: Action
}

export type Action = Segment | IcmpPacket | Call | Command | Code

/** A backquoted text of shell lines. */
export interface Command {
  readonly kind: 'command'
  readonly line: number
  readonly text: string
}

/** `%{ … }%`. */
export interface Code {
  readonly kind: 'code'
  readonly line: number
  readonly text: string
}

/** What is said of the IP header. */
export interface IpFields {
  /** The two ECN bits; 'ect01' is either of ECT(0) and ECT(1). */
  readonly ecn?: number | 'ect01'
  readonly tos?: number
  readonly ttl?: number
}

export interface Ports {
  readonly src: number
  readonly dst: number
}

/** A TCP segment that arrives (in) or must leave (out). */
export interface Segment {
  readonly kind: 'segment'
  readonly direction: 'in' | 'out'
  readonly ip: IpFields
  readonly ports: Ports | undefined
  /** The header's bits (wire/tcp.ts), without those of ACE. */
  readonly flags: number
  /** AccECN's counter, where flags are written with a digit. */
  readonly ace: number | undefined
  /** Undefined: `...`, any. */
  readonly seq: number | undefined
  readonly length: number
  readonly ack: number
  /** Undefined: not compared. */
  readonly window: number | undefined
  readonly urgent: number
  /** Undefined: `<...>`, not compared. */
  readonly options: readonly TcpOption[] | undefined
}

export type TcpOption =
  | { readonly kind: 'nop' | 'eol' | 'sackOK' }
  | { readonly kind: 'mss' | 'wscale'; readonly value: number }
  | { readonly kind: 'TS'; readonly val: number; readonly ecr: number }
  | { readonly kind: 'sack'; readonly blocks: readonly (readonly [number, number])[] }
  /** Any other: its number on the wire and what follows the length. */
  | { readonly kind: 'other'; readonly code: number; readonly bytes: readonly number[] }

/** An ICMP error that arrives, with the start of the packet it's about. */
export interface IcmpPacket {
  readonly kind: 'icmp'
  readonly direction: 'in' | 'out'
  readonly ip: IpFields
  readonly type: number
  readonly code: number
  readonly mtu: number
  /** The sequence number and the length of the segment it quotes. */
  readonly seq: number
  readonly length: number
}

/** A system call, and what it must return. */
export interface Call {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Value[]
  readonly result: Value
  /** The name of the errno that it must set. */
  readonly errno: string | undefined
  /** When it must return, for a call that waits; counted as the event's own time. */
  readonly endUs: number | undefined
}

export type Value =
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'or'; readonly left: Value; readonly right: Value }
  /** `[…]`, and `{…}` whose members have no names. */
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  /** `{a=…, b=…}`. */
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: 'apply'; readonly name: string; readonly args: readonly Value[] }
