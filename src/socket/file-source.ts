// What a file needs of its socket, and the errors that only files have.

import type { Clock } from '../base/clock.ts'
import { SocketError } from './errors.ts'
import type { WaitOptions } from './wait.ts'

/** What a file needs of its socket. */
export interface FileSource {
  readonly clock: Clock
  /** `Socket.recvInto`: at least one byte, or 0 at the end of the stream. */
  recvInto(buffer: Uint8Array, options?: WaitOptions): Promise<number>
  /** `Socket.send`: at least one byte; a call that is given up has sent nothing. */
  send(bytes: Uint8Array, options?: WaitOptions): Promise<number>
  /** The file is closed. Called once. */
  release(): Promise<void>
}

/** Python raises a ValueError; here it is what a closed socket gives. */
export function closedError(syscall: string): SocketError {
  return new SocketError('EBADF', { syscall, message: 'I/O operation on closed file' })
}

/** An OSError without a number in Python. Not of class TimeoutError: who waits longer waits in vain. */
export function timedOutError(syscall: string): SocketError {
  const error = new SocketError('EIO', { syscall, message: 'cannot read from timed out object' })
  Object.defineProperty(error, 'errno', { value: undefined, enumerable: true })
  return error
}
