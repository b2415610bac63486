// The system calls of a script, made on our own sockets. Each gives what it returned, or that it still waits, and, where
// the script says more than a result (an option's value, what poll saw), whether that was right.

import { errnoOf } from '../socket/errno.ts'
import { SocketError } from '../socket/errors.ts'
import type { Socket } from '../socket/socket.ts'
import type { Listener } from '../tcp/listen.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { unread } from '../tcp/window.ts'
import { formatAddress, parseAddress } from '../wire/address.ts'
import { addressOf, field, isNull, LARGEST, optionValue, sizeOf, vectorSize } from './arguments.ts'
import type { TcpInfo } from './code.ts'
import { type Config, Unsupported } from './config.ts'
import { compareBytes, equal, type Outcome, ok } from './outcome.ts'
import { PollCalls } from './poll-calls.ts'
import type { Profile } from './profile.ts'
import { streamByte } from './segment.ts'
import { errnoName, numberOf } from './symbols.ts'
import type { Call, Value } from './syntax.ts'
import type { Testbed } from './testbed.ts'

const MSG_PEEK = 2
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_MORE = 0x8000
const IPPROTO_TCP = 6
const TCP_CORK = 3
const O_NONBLOCK = 0x800
const O_RDWR = 2

/** An open socket of the script. */
export class Descriptor {
  readonly socket: Socket
  nonblocking = false
  tcb: Tcb | undefined
  listener: Listener | undefined
  receiveShut = false
  /** TCP_CORK as the script set it, and whether a call with MSG_MORE set it too. */
  corked = false
  more = false
  /** Bytes that it sent and received. */
  sent = 0
  received = 0

  constructor(socket: Socket) {
    this.socket = socket
  }
}

/** What the calls tell about the connection under test. */
export interface CallEvents {
  /** A socket was made. */
  created(fd: number): void
  listening(fd: number): void
  connecting(fd: number): void
  accepted(fd: number): void
  /** The script says how large a receive buffer is. */
  buffered(fd: number, bytes: number): void
}

type Arguments = readonly Value[]

export class Calls {
  readonly #bed: Testbed
  readonly #config: Config
  readonly #profile: Profile
  readonly #events: CallEvents
  readonly #sockets = new Map<number, Descriptor>()
  readonly #poll: PollCalls

  constructor(bed: Testbed, config: Config, profile: Profile, events: CallEvents) {
    this.#bed = bed
    this.#config = config
    this.#profile = profile
    this.#events = events
    this.#poll = new PollCalls(bed, this.#sockets)
  }

  /** Begins a call. @returns how it ends, once it does; rejects with Unsupported for one that isn't there */
  async begin(call: Call): Promise<Outcome> {
    try {
      return await this.#call(call)
    } catch (error) {
      if (error instanceof SocketError) return { result: -1, errno: error.code }
      // A wrong argument, which the kernel would refuse as well.
      if (error instanceof TypeError || error instanceof RangeError) return { result: -1, errno: 'EINVAL' }
      throw error
    }
  }

  #call(call: Call): Promise<Outcome> | Outcome {
    const { args } = call
    switch (call.name) {
      case 'socket':
        return this.#socket(args, call)
      case 'bind':
        return this.#bind(args)
      case 'listen':
        return this.#listen(args)
      case 'accept':
      case 'accept4':
        return this.#accept(args, call)
      case 'connect':
        return this.#connect(args)
      case 'read':
      case 'recv':
      case 'recvfrom':
        return this.#receive(args, sizeOf(args[2]), call.name === 'read' ? 0 : numberOf(args[3]))
      case 'readv':
        return this.#receive(args, vectorSize(args[1]), 0)
      case 'recvmsg':
        return this.#receive(args, vectorSize(field(args[1], 'msg_iov')), numberOf(args[2]))
      case 'write':
      case 'send':
      case 'sendto':
        return this.#send(args, sizeOf(args[2]), call.name === 'write' ? 0 : numberOf(args[3]))
      case 'writev':
        return this.#send(args, vectorSize(args[1]), 0)
      case 'sendmsg':
        return this.#send(args, vectorSize(field(args[1], 'msg_iov')), numberOf(args[2]))
      case 'fcntl':
        return this.#fcntl(args)
      case 'ioctl':
        return this.#ioctl(args)
      case 'close':
        return this.#close(args)
      case 'shutdown':
        return this.#shutdown(args)
      case 'getsockopt':
        return this.#getsockopt(args)
      case 'setsockopt':
        return this.#setsockopt(args)
      case 'poll':
        return this.#poll.poll(args)
      case 'epoll_create':
      case 'epoll_create1':
        return this.#poll.epollCreate(numberOf(call.result))
      case 'epoll_ctl':
        return this.#poll.epollCtl(args)
      case 'epoll_wait':
        return this.#poll.epollWait(args)
      default:
        throw new Unsupported(`${call.name}()`)
    }
  }

  /** TCP_INFO of a socket. @throws Unsupported if the stack can't tell it */
  info(fd: number): TcpInfo {
    const socket = this.#sockets.get(fd)?.socket
    if (socket === undefined) throw new Unsupported('TCP_INFO of a connection that was not accepted')
    return { ...socket.info() }
  }

  /** A packet is about to arrive: what MSG_MORE held back no longer is. */
  arriving(): void {
    for (const descriptor of this.#sockets.values()) if (descriptor.more) this.#cork(descriptor, false)
  }

  /** Closes what the script left open. */
  async closeAll(): Promise<void> {
    for (const { socket } of this.#sockets.values()) void socket.close().catch(() => undefined)
    this.#sockets.clear()
  }

  #of(value: Value | undefined): Descriptor {
    const found = this.#sockets.get(numberOf(value))
    if (found === undefined) throw new SocketError('EBADF')
    return found
  }

  #socket(args: Arguments, call: Call): Outcome {
    const [family, type, proto] = args
    const number = numberOf(type)
    const made = new Descriptor(
      this.#bed.network.socket(family?.kind === 'ellipsis' ? 2 : numberOf(family), number & 15, numberOf(proto)),
    )
    made.nonblocking = (number & O_NONBLOCK) !== 0
    const fd = numberOf(call.result)
    this.#sockets.set(fd, made)
    this.#events.created(fd)
    return ok(fd)
  }

  async #bind([fd, address]: Arguments): Promise<Outcome> {
    const { local, bindPort } = this.#config
    await this.#of(fd).socket.bind(addressOf(address, formatAddress(local), bindPort))
    return ok(0)
  }

  async #listen([fd, backlog]: Arguments): Promise<Outcome> {
    const descriptor = this.#of(fd)
    await descriptor.socket.listen(numberOf(backlog))
    const [host, port] = descriptor.socket.getsockname()
    const local = parseAddress(host)
    descriptor.listener = local && this.#bed.engine.tcp.table.findListener(local, port)
    this.#events.listening(numberOf(fd))
    return ok(0)
  }

  async #accept([fd]: Arguments, call: Call): Promise<Outcome> {
    const listener = this.#of(fd)
    const next = listener.listener?.queue[0]
    const [socket] = await listener.socket.accept(wait(listener, 0))
    const made = new Descriptor(socket)
    made.tcb = next ?? this.#connectionOf(socket)
    const accepted = numberOf(call.result)
    // The script expects that it fails: then any descriptor is wrong.
    if (accepted < 0) return ok(0)
    this.#sockets.set(accepted, made)
    this.#events.accepted(accepted)
    return ok(accepted)
  }

  #connectionOf(socket: Socket): Tcb | undefined {
    const [host, port] = socket.getsockname()
    const local = parseAddress(host)
    for (const tcb of this.#bed.engine.tcp.table.connections()) {
      if (tcb.localPort !== port || local === undefined) continue
      if ([...this.#sockets.values()].some((other) => other.tcb === tcb)) continue
      return tcb
    }
    return undefined
  }

  async #connect([fd, address]: Arguments): Promise<Outcome> {
    const descriptor = this.#of(fd)
    const { remote, connectPort } = this.#config
    this.#events.connecting(numberOf(fd))
    const done = descriptor.socket.connect(addressOf(address, formatAddress(remote), connectPort), wait(descriptor, 0))
    // The connection begins in the call, a few promises on: it's looked for after each of the engine's entries.
    const known = descriptor.tcb
    const find = (): void => {
      if (descriptor.tcb === known && !descriptor.socket.closed)
        descriptor.tcb = this.#connectionOf(descriptor.socket) ?? known
      if (descriptor.tcb !== known) this.#bed.watchers.delete(find)
    }
    this.#bed.watchers.add(find)
    try {
      await done
    } finally {
      find()
      this.#bed.watchers.delete(find)
    }
    return ok(0)
  }

  async #receive(args: Arguments, size: number, flags: number): Promise<Outcome> {
    const descriptor = this.#of(args[0])
    if ((flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL)) !== 0)
      throw new Unsupported(`flags ${flags} of a receiving call`)
    if (isNull(args[1]) && size > 0) return { result: -1, errno: 'EFAULT' }
    const options = { ...wait(descriptor, flags), flags: flags & MSG_PEEK }
    const bytes = await descriptor.socket.recv(Math.min(size, LARGEST), options)
    const wrong = bytes.findIndex((byte, i) => byte !== streamByte(descriptor.received + 1 + i))
    if ((flags & MSG_PEEK) === 0) descriptor.received += bytes.length
    const mismatch = wrong < 0 ? undefined : `byte ${descriptor.received + wrong + 1} of the stream was received wrong`
    return { result: bytes.length, errno: '', mismatch }
  }

  async #send(args: Arguments, size: number, flags: number): Promise<Outcome> {
    const descriptor = this.#of(args[0])
    if ((flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE)) !== 0)
      throw new Unsupported(`flags ${flags} of a sending call`)
    if (isNull(args[1]) && size > 0) return { result: -1, errno: 'EFAULT' }
    const bytes = Uint8Array.from({ length: size }, (_, i) => streamByte(descriptor.sent + 1 + i))
    // MSG_MORE is TCP_CORK for one call: what it holds back goes with the next call that doesn't say it, or when something
    // arrives (Linux's tcp_push; on arrival only Nagle's rule holds text back).
    if ((flags & MSG_MORE) !== 0) this.#cork(descriptor, true)
    const sent = await descriptor.socket.send(bytes, wait(descriptor, flags))
    descriptor.sent += sent
    if ((flags & MSG_MORE) === 0 && descriptor.more) this.#cork(descriptor, false)
    return ok(sent)
  }

  #cork(descriptor: Descriptor, more: boolean): void {
    descriptor.more = more
    if (descriptor.corked) return
    try {
      descriptor.socket.setsockopt(IPPROTO_TCP, TCP_CORK, Number(more))
    } catch {
      throw new Unsupported('MSG_MORE')
    }
  }

  #fcntl([fd, command, value]: Arguments): Outcome {
    const descriptor = this.#of(fd)
    if (numberOf(command) === 3) return ok(O_RDWR | (descriptor.nonblocking ? O_NONBLOCK : 0))
    if (numberOf(command) !== 4) throw new Unsupported(`fcntl ${numberOf(command)}`)
    descriptor.nonblocking = (numberOf(value) & O_NONBLOCK) !== 0
    return ok(0)
  }

  #ioctl([fd, request, value]: Arguments): Outcome {
    const { tcb } = this.#of(fd)
    if (tcb === undefined) throw new SocketError('EINVAL')
    switch (numberOf(request)) {
      case 0x541b:
        return equal(value, unread(tcb), 'bytes to read')
      case 0x5411:
        return equal(value, Math.max(0, tcb.sndEnd - Math.max(1, tcb.sndUna)), 'bytes not acknowledged')
      case 0x894b:
        return equal(value, Math.max(0, tcb.sndEnd - Math.max(1, tcb.sndNxt)), 'bytes not sent')
      default:
        throw new Unsupported(`ioctl ${numberOf(request)}`)
    }
  }

  async #close([fd]: Arguments): Promise<Outcome> {
    const number = numberOf(fd)
    if (this.#poll.closed(number)) return ok(0)
    const { socket } = this.#of(fd)
    this.#sockets.delete(number)
    await socket.close()
    return ok(0)
  }

  #shutdown([fd, how]: Arguments): Outcome {
    const descriptor = this.#of(fd)
    descriptor.socket.shutdown(numberOf(how))
    if (numberOf(how) !== 1) descriptor.receiveShut = true
    return ok(0)
  }

  #getsockopt([fd, level, option, value]: Arguments): Outcome {
    const { socket } = this.#of(fd)
    const [levelNumber, number] = [numberOf(level), numberOf(option)]
    const found = socket.getsockopt(levelNumber, number)
    const isBuffer = levelNumber === 1 && (number === 7 || number === 8)
    if (isBuffer && !this.#profile.exactBuffers) {
      if (number === 8) this.#events.buffered(numberOf(fd), numberOf(value))
      return ok(0)
    }
    if (typeof found !== 'number') return compareBytes(value, found)
    const [wanted] = value?.kind === 'list' ? value.items : [value]
    if (levelNumber === 1 && number === 4 && wanted?.kind === 'word') {
      const name = errnoName(wanted.text)
      const mismatch = errnoOf(name) === found ? undefined : `SO_ERROR is ${found}, not ${errnoOf(name)} (${name})`
      return { result: 0, errno: '', mismatch }
    }
    return equal(value, found, 'the option')
  }

  #setsockopt([fd, level, option, value]: Arguments): Outcome {
    const descriptor = this.#of(fd)
    descriptor.socket.setsockopt(numberOf(level), numberOf(option), optionValue(value))
    if (numberOf(level) === IPPROTO_TCP && numberOf(option) === TCP_CORK) descriptor.corked = optionValue(value) !== 0
    return ok(0)
  }
}

function wait(descriptor: Descriptor, flags: number): { timeout: number | null } {
  return { timeout: descriptor.nonblocking || (flags & MSG_DONTWAIT) !== 0 ? 0 : null }
}
