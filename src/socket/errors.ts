// The errors of the socket API, in Python's classes, with Node's `code` and Go's context.
//
//   SocketError (socket.error, OSError)
//   ├─ BlockingIOError          EAGAIN, EALREADY, EINPROGRESS
//   ├─ BrokenPipeError          EPIPE, ESHUTDOWN
//   ├─ ConnectionAbortedError   ECONNABORTED
//   ├─ ConnectionRefusedError   ECONNREFUSED
//   ├─ ConnectionResetError     ECONNRESET
//   ├─ TimeoutError             ETIMEDOUT, and a `settimeout` that ran out
//   ├─ IncompleteReadError      recvExactly at an early end of stream
//   ├─ GaiError                 EAI_*: getaddrinfo and everything that resolves a name
//   └─ HostError                HOST_NOT_FOUND …: gethostbyaddr, gethostbynameEx
//
// A wrong argument is none of these: it is a TypeError or a RangeError, thrown before any state changes.

import { EAI, errnoOf, errnoText, GAI_TEXT, type GaiCode, H_ERRNO, H_TEXT, type HostCode } from './errno.ts'
import { formatAddress, type SocketAddress } from './sockaddr.ts'

/** What is known about a failed call beside its code. Every part may be absent. */
export interface ErrorContext {
  /** The system call or method that failed: `connect`, `recv`, … */
  syscall?: string | undefined
  /** The socket's own address. */
  local?: SocketAddress | undefined
  /** The peer's address, or the one that was tried. */
  remote?: SocketAddress | undefined
  /** The error number the operating system gave, where it differs from Linux's. */
  errno?: number | undefined
  /** Replaces the code's usual text. */
  message?: string | undefined
  /** The error below this one. */
  cause?: unknown
}

/**
 * A failed socket call: Python's `socket.error` (`OSError`).
 *
 * `code` is the name (`ECONNREFUSED`) and the portable thing to test; `errno` its number (positive, as in Python),
 * undefined where no error number is behind it; `syscall`, `local` and `remote` say what failed between whom.
 */
export class SocketError extends Error {
  override name = 'SocketError'
  readonly code: string
  readonly errno: number | undefined
  readonly syscall: string | undefined
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined

  constructor(code: string, context: ErrorContext = {}) {
    super(describeFailure(code, context), context.cause === undefined ? undefined : { cause: context.cause })
    this.code = code
    this.errno = context.errno ?? errnoOf(code)
    this.syscall = context.syscall
    this.local = context.local
    this.remote = context.remote
  }
}

/** The peer's host answered that nobody listens there (ECONNREFUSED). */
export class ConnectionRefusedError extends SocketError {
  override name = 'ConnectionRefusedError'
}

/** The peer reset the connection (ECONNRESET): bytes under way in either direction may be lost. */
export class ConnectionResetError extends SocketError {
  override name = 'ConnectionResetError'
}

/** The connection was given up on this side (ECONNABORTED). */
export class ConnectionAbortedError extends SocketError {
  override name = 'ConnectionAbortedError'
}

/** Sending on a connection that is shut down for sending, or that the peer has closed (EPIPE). */
export class BrokenPipeError extends SocketError {
  override name = 'BrokenPipeError'
}

/** The call would have to wait, and the socket's timeout is 0 (EAGAIN; EINPROGRESS and EALREADY from connect). */
export class BlockingIOError extends SocketError {
  override name = 'BlockingIOError'
}

/**
 * Time ran out: the socket's own timeout (`errno` is undefined, as in Python), or the network gave the peer up
 * (ETIMEDOUT, `errno` 110 on Linux). Exported also as `timeout`.
 */
export class TimeoutError extends SocketError {
  override name = 'TimeoutError'
}

/** The stream ended before `recvExactly` had its bytes. Those that came are in `partial`. */
export class IncompleteReadError extends SocketError {
  override name = 'IncompleteReadError'
  /** The bytes that came before the end. */
  readonly partial: Uint8Array
  /** How many were asked for. */
  readonly expected: number

  constructor(partial: Uint8Array, expected: number, context: ErrorContext = {}) {
    super('EOF', { ...context, message: `the stream ended after ${partial.length} of ${expected} bytes` })
    this.partial = partial
    this.expected = expected
  }
}

/** A name or service could not be resolved: Python's `socket.gaierror`. `code` is EAI_NONAME, EAI_AGAIN, … */
export class GaiError extends SocketError {
  override name = 'GaiError'
  /** Node's name for the same failure (`ENOTFOUND`), where Node reported it. */
  readonly nodeCode: string | undefined

  constructor(code: GaiCode, subject: string, nodeCode?: string, cause?: unknown) {
    super(code, { syscall: 'getaddrinfo', errno: EAI[code], message: `${subject}: ${GAI_TEXT[code]}`, cause })
    this.nodeCode = nodeCode
  }
}

/** A host could not be found by name or address: Python's `socket.herror`. `code` is HOST_NOT_FOUND, TRY_AGAIN, … */
export class HostError extends SocketError {
  override name = 'HostError'

  constructor(code: HostCode, subject: string, syscall: string, cause?: unknown) {
    super(code, { syscall, errno: H_ERRNO[code], message: `${subject}: ${H_TEXT[code]}`, cause })
  }
}

type ErrorClass = new (code: string, context?: ErrorContext) => SocketError

const CLASS_OF: Record<string, ErrorClass> = {
  EAGAIN: BlockingIOError,
  EWOULDBLOCK: BlockingIOError,
  EALREADY: BlockingIOError,
  EINPROGRESS: BlockingIOError,
  EPIPE: BrokenPipeError,
  ESHUTDOWN: BrokenPipeError,
  ECONNABORTED: ConnectionAbortedError,
  ECONNREFUSED: ConnectionRefusedError,
  ECONNRESET: ConnectionResetError,
  ETIMEDOUT: TimeoutError,
}

/** The error for `code`, of the class Python would raise (PEP 3151). */
export function socketError(code: string, context: ErrorContext = {}): SocketError {
  const Class = CLASS_OF[code] ?? SocketError
  return new Class(code, context)
}

/** What a call is rejected with when its time ran out: Python's `timed out`, with no error number. */
export function timedOut(context: ErrorContext): TimeoutError {
  const error = new TimeoutError('ETIMEDOUT', { ...context, message: 'timed out' })
  Object.defineProperty(error, 'errno', { value: undefined, enumerable: true })
  return error
}

/** `connect 10.0.0.1:49152→10.0.0.2:80: connection refused (ECONNREFUSED)`, the form of Go's net.OpError. */
function describeFailure(code: string, context: ErrorContext): string {
  const { local, remote, syscall } = context
  const ends =
    local !== undefined && remote !== undefined
      ? `${formatAddress(local)}→${formatAddress(remote)}`
      : formatAddress(remote ?? local)
  const head = [syscall, ends].filter((part) => part !== undefined && part !== '').join(' ')
  const text = `${context.message ?? errnoText(code)} (${code})`
  return head === '' ? text : `${head}: ${text}`
}
