// Linux TUN: a network device whose other side is this process. Node only, through the optional package koffi.
//
// IP packets as they are, without offloads: what the kernel routes to the device is read from a descriptor straight
// into packet memory, one packet a read(2), until there is none; what the stack transmits is written at once. Waiting
// is libuv's own: it polls the descriptor with everything else, so an idle device costs nothing, and nothing of it
// keeps the process alive. The device's addresses, its routes and its MTU are set by the system's own tools.
// Not done: vnet_hdr, with which super-segments and unfinished checksums would pass; TAP.

import { closeSync, constants, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants as os } from 'node:os'
import { platform } from 'node:process'
import * as timers from 'node:timers'
import { getSystemErrorName } from 'node:util'
import { NO_FRAME, packets } from '../base/packets.ts'
import { FrameQueue } from './frame-queue.ts'
import type { Link } from './link.ts'

const DEVICE = '/dev/net/tun'
const DEFAULT_MTU = 1500
/** RFC 791: every link carries 68 bytes. */
const LEAST_MTU = 68
/** Frames that wait while the kernel takes none; further ones are dropped, as by any full queue. */
const MOST_WAITING = 1024

// linux/if.h, linux/if_tun.h. The request's number is that of all machines Node runs on but PowerPC and MIPS.
const IFNAMSIZ = 16
const IFREQ_SIZE = 40
const TUNSETIFF = 0x400454ca
const IFF_TUN = 0x0001
const IFF_NO_PI = 0x1000

/** What we use of koffi 3. */
interface Koffi {
  load(library: null): { func(prototype: string): Native }
  address(bytes: Uint8Array): bigint
  errno(): number
  readonly node: { poll(fd: number, events: Events, called: (status: number, ready: Events) => void): Poll }
}
type Native = (...args: (number | Uint8Array)[]) => number
type Events = { readonly readable: boolean; readonly writable: boolean }
interface Poll {
  start(events: Events, called: (status: number, ready: Events) => void): void
  stop(): void
  unref(): void
  close(): void
}

/** libc's calls. */
interface System {
  readonly koffi: Koffi
  readonly ioctl: Native
  readonly read: Native
  readonly write: Native
}

/** Why there's no device. `code` is an errno's name, or ERR_KOFFI where the package isn't there. */
export class TunError extends Error {
  override name = 'TunError'
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export interface TunOptions {
  /** The largest IP packet, 68..65535: the device's own MTU. 1500 if left out, as the device has it when it's made. */
  mtu?: number | undefined
}

/**
 * Makes a TUN device in this process's network namespace, or takes one that exists and is nobody's.
 *
 * @param name up to 15 bytes; `tun%d` has the kernel choose a number
 * @returns the link to attach; the device is to be given its address, and to be set up, with `ip`
 * @throws TunError ENOENT where /dev/net/tun is missing, EPERM or EACCES without the right to it (CAP_NET_ADMIN), EBUSY
 * if the device is in use, ERR_KOFFI if the package koffi isn't installed; TypeError, RangeError for wrong arguments
 * @example
 * const tun = openTun('tun0')
 * execFileSync('ip', ['address', 'add', '10.9.0.1/24', 'dev', 'tun0'])
 * execFileSync('ip', ['link', 'set', 'tun0', 'up'])
 * stack.attach(tun, { addresses: ['10.9.0.2/24'] })
 */
export function openTun(name: string, options: TunOptions = {}): Tun {
  const { mtu = DEFAULT_MTU } = options
  if (!Number.isInteger(mtu) || mtu < LEAST_MTU || mtu > 65535) throw new RangeError(`no MTU of a TUN device: ${mtu}`)
  const request = new Uint8Array(IFREQ_SIZE)
  request.set(nameBytes(name))
  new DataView(request.buffer).setUint16(IFNAMSIZ, IFF_TUN | IFF_NO_PI, true)
  const system = loadSystem(name)
  const fd = openDevice(name)
  try {
    // koffi passes the array's own memory: the kernel writes the name into it.
    if (system.ioctl(fd, TUNSETIFF, request) < 0) throw refusal(name, system.koffi.errno())
    return new TunLink(system, fd, nameOf(request), mtu)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** A TUN device as a link, made by `openTun`. */
export interface Tun extends Link {
  /** The device's name. */
  readonly name: string
  /** True after close(), and when the device was deleted. */
  readonly closed: boolean
  /** Packets that the kernel gave and took. */
  readonly received: number
  readonly sent: number
  /** Packets that the kernel didn't take, because the device is down, or not fast enough. */
  readonly dropped: number
  /** Packets from the kernel that were larger than `mtu`, and are lost: the device's MTU is another. */
  readonly tooLarge: number
  /** Gives the device up: it disappears, unless it was made to stay. Frames that wait are dropped. */
  close(): void
}

class TunLink implements Tun {
  readonly name: string
  readonly mtu: number
  readonly superSegment = 0
  readonly checksumOffload = false
  onready: () => void = () => {}
  received = 0
  sent = 0
  dropped = 0
  tooLarge = 0
  closed = false
  readonly #system: System
  readonly #fd: number
  readonly #poll: Poll
  readonly #waiting = new FrameQueue()
  /** The owner was told that there's something, and hasn't come to the end of it. */
  #told = false
  /** What is polled for. */
  #readable = true
  #writable = false
  /** Packet memory, and where it is. */
  #pool: Uint8Array = new Uint8Array(0)
  #address = 0

  constructor(system: System, fd: number, name: string, mtu: number) {
    this.#system = system
    this.#fd = fd
    this.name = name
    this.mtu = mtu
    this.#poll = system.koffi.node.poll(fd, { readable: true, writable: false }, this.#wake)
    this.#poll.unref()
  }

  receive(): number {
    const frame = this.closed ? NO_FRAME : packets.take(this.mtu + 1)
    if (frame === NO_FRAME) {
      // If it's for want of memory, the pool grows until the next turn: what waits is told of again.
      this.#told = false
      return NO_FRAME
    }
    let length = this.#read(frame)
    for (; length > this.mtu; length = this.#read(frame)) this.tooLarge++
    if (length > 0) {
      packets.end[frame] = packets.start[frame] + length
      this.received++
      return frame
    }
    packets.give(frame)
    this.#told = false
    this.#pollFor(true)
    return NO_FRAME
  }

  transmit(frame: number): void {
    if (this.closed || this.#waiting.length >= MOST_WAITING) this.#drop(frame)
    else if (this.#waiting.length > 0 || !this.#write(frame)) {
      this.#waiting.push(frame)
      this.#pollFor(this.#readable)
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#poll.close()
    this.#waiting.clear()
    closeSync(this.#fd)
  }

  /** What is too large is cut off, and shows by the one byte that we ask for too many. @returns its length, or -1 */
  #read(frame: number): number {
    return this.#system.read(this.#fd, this.#addressOf(frame), this.mtu + 1)
  }

  /** Hands a frame to the kernel. @returns false if it takes none now: the frame is still ours then */
  #write(frame: number): boolean {
    const length = packets.end[frame] - packets.start[frame]
    if (this.#system.write(this.#fd, this.#addressOf(frame), length) >= 0) {
      this.sent++
      packets.give(frame)
      return true
    }
    if (this.#system.koffi.errno() === os.errno.EAGAIN) return false
    // The device is down (EIO), gone (EBADFD), or that was no packet (EINVAL): as on a cable that isn't plugged in.
    this.#drop(frame)
    return true
  }

  #drop(frame: number): void {
    this.dropped++
    packets.give(frame)
  }

  #addressOf(frame: number): number {
    if (this.#pool !== packets.bytes) {
      this.#pool = packets.bytes
      this.#address = Number(this.#system.koffi.address(this.#pool))
    }
    return this.#address + packets.start[frame]
  }

  #pollFor(readable: boolean): void {
    const writable = this.#waiting.length > 0
    if (readable === this.#readable && writable === this.#writable) return
    this.#readable = readable
    this.#writable = writable
    if (readable || writable) this.#poll.start({ readable, writable }, this.#wake)
    else this.#poll.stop()
  }

  /** libuv's call. It comes again in every turn in which there is something to read, or room to write. */
  readonly #wake = (status: number, { readable, writable }: Events): void => {
    if (this.closed) return
    if (status < 0) {
      // The device was deleted: nothing will come, and nothing can be sent.
      this.close()
      return
    }
    if (writable) this.#writeWaiting()
    if (!readable) return
    // Told before, and nobody has read up to the end since: no more of it, until somebody does.
    if (this.#told) this.#pollFor(false)
    this.#told = true
    // koffi calls without the epilogue in which Node runs microtasks, which is where a stack does its work.
    timers.setImmediate(() => this.onready())
  }

  #writeWaiting(): void {
    while (this.#waiting.length > 0 && this.#write(this.#waiting.first)) this.#waiting.shift()
    this.#pollFor(this.#readable)
  }
}

function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(name.length)
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i)
  if (!/^[!-.0-~]{1,15}$/.test(name)) throw new TypeError(`no name for a network device: ${JSON.stringify(name)}`)
  return bytes
}

/** The name in an ifreq. */
function nameOf(request: Uint8Array): string {
  return String.fromCharCode(...request.subarray(0, request.indexOf(0)))
}

let loaded: System | undefined

function loadSystem(name: string): System {
  if (platform !== 'linux')
    throw new TunError('ENOSYS', `openTun ${name}: TUN devices are Linux's, this is ${platform}`)
  if (loaded !== undefined) return loaded
  let koffi: Koffi
  try {
    koffi = createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    throw new TunError('ERR_KOFFI', `openTun ${name}: it needs the package koffi 3 (npm install koffi)`, error)
  }
  const libc = koffi.load(null)
  loaded = {
    koffi,
    ioctl: libc.func('int ioctl(int fd, unsigned long request, void *argument)'),
    // A place in packet memory is passed as a number: neither a view nor a BigInt is made for a packet.
    read: libc.func('int read(int fd, uintptr_t into, size_t length)'),
    write: libc.func('int write(int fd, uintptr_t from, size_t length)'),
  }
  return loaded
}

function openDevice(name: string): number {
  try {
    return openSync(DEVICE, constants.O_RDWR | constants.O_NONBLOCK)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    const why = code === 'ENOENT' ? 'is missing: the kernel has no TUN' : `can't be opened (${code}): root can`
    throw new TunError(code, `openTun ${name}: ${DEVICE} ${why}`, error)
  }
}

function refusal(name: string, number: number): TunError {
  const code = getSystemErrorName(-number)
  const why = REFUSALS[code] ?? 'TUNSETIFF failed'
  return new TunError(code, `openTun ${name}: ${why} (${code})`)
}

const REFUSALS: Readonly<Record<string, string>> = {
  EPERM: 'not permitted: it takes CAP_NET_ADMIN',
  EBUSY: 'the device is in use',
  EINVAL: 'a device of that name is no TUN device',
}
