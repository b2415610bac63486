// The Berkeley calls: what a socket may be asked in each of its states, which error a wrong call gets, how long a
// call waits, and in which order calls are served. The same for every network; what a network does stands behind
// `Endpoint`. A socket's class is in three files, one on top of the other: what it is (socket-settings.ts), what goes over it
// (socket-transfer.ts), and here how it begins and ends.
//
// Order: calls that receive (recv…, accept) are served first come, first served; so are calls that send. The two
// don't wait for each other. A sendall is not interleaved with another.

import { close, detach, fileClosed, shutdown } from './closing.ts'
import { accept, bind, connect, connectNumber, DEFAULT_BACKLOG, listen } from './connecting.ts'
import { makeFile, type SocketFile } from './file.ts'
import type { FileMode, FileOptions } from './mode.ts'
import type { SocketAddress } from './sockaddr.ts'
import { stateOf } from './socket-settings.ts'
import { SocketTransfer } from './socket-transfer.ts'
import type { WaitOptions } from './wait.ts'

/**
 * One socket of one network. Made by `socket()`, `accept()`, `createConnection()` and `createServer()`.
 *
 * Every call that can wait returns a promise and takes `{ signal, timeout }` last. A call that was given up has
 * consumed nothing. Receiving never destroys the socket, and neither does an error: `close()` does.
 */
export class Socket extends SocketTransfer {
  /**
   * Gives the socket a local address.
   *
   * @param address `[host, port]`; host '' is every local address, port 0 a free one. A name is looked up.
   * @throws SocketError EADDRINUSE, EADDRNOTAVAIL, EACCES; EINVAL if it is bound already; EBADF if closed
   * @throws GaiError if the name can't be resolved
   * @see POSIX bind(); Python socket.bind
   */
  bind(address: SocketAddress, options?: WaitOptions): Promise<void> {
    return bind(stateOf(this), address, options)
  }

  /**
   * Lets the socket accept connections.
   *
   * @param backlog how many connections may wait for accept; a hint, cut to SOMAXCONN
   * @throws SocketError EADDRINUSE; EINVAL if it is connected; EOPNOTSUPP if it isn't SOCK_STREAM; EBADF if closed
   * @see POSIX listen(); Python socket.listen
   */
  listen(backlog: number = DEFAULT_BACKLOG): Promise<void> {
    return listen(stateOf(this), backlog)
  }

  /**
   * Waits for a connection.
   *
   * @returns the connected socket, with the default timeout, and the peer's address
   * @throws SocketError EINVAL if the socket doesn't listen, EOPNOTSUPP if it isn't SOCK_STREAM, EBADF if closed
   * @throws TimeoutError after `timeout` seconds, BlockingIOError EAGAIN if that is 0: nothing is consumed
   * @see POSIX accept(); Python socket.accept
   */
  async accept(options?: WaitOptions): Promise<[Socket, SocketAddress]> {
    const state = stateOf(this)
    const [endpoint, peer] = await accept(state, options)
    return [new Socket(state.driver, endpoint), peer]
  }

  /**
   * Connects to `address`; a name is looked up and its first address tried. On SOCK_DGRAM it only sets the peer.
   *
   * A connect that is given up by a timeout or an abort closes the socket. One that is refused leaves it usable.
   *
   * @throws ConnectionRefusedError, TimeoutError, SocketError EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL
   * @throws SocketError EISCONN if it is connected or listens, EBADF if closed
   * @throws BlockingIOError EINPROGRESS if the timeout is 0, EALREADY if a connect is under way
   * @throws GaiError if the name can't be resolved
   * @see POSIX connect(); RFC 9293 §3.10.1; Python socket.connect
   */
  connect(address: SocketAddress, options?: WaitOptions): Promise<void> {
    return connect(stateOf(this), address, options)
  }

  /**
   * Connects as `connect()` does, but returns the error's number: 0 for success.
   *
   * @returns 0 or an errno: that of EINPROGRESS if the timeout is 0, of EAGAIN if time ran out, as in Python
   * @throws what `connect()` throws for a wrong argument, an abort, or a name that can't be resolved
   * @see Python socket.connect_ex
   */
  connectEx(address: SocketAddress, options?: WaitOptions): Promise<number> {
    const state = stateOf(this)
    return connect(state, address, options).then(success, (error: unknown) => connectNumber(state, error))
  }

  /**
   * Ends the connection in one direction or both; the socket stays open until close().
   *
   * @param how SHUT_RD, SHUT_WR or SHUT_RDWR
   * @throws SocketError ENOTCONN if it isn't connected, EBADF if closed; RangeError for another `how`
   * @see POSIX shutdown(); Python socket.shutdown; RFC 9293 §3.6 case 1
   */
  shutdown(how: number): void {
    shutdown(stateOf(this), how)
  }

  /**
   * Closes the socket; closing twice is no error. Bytes that were accepted for sending are still delivered, unless
   * SO_LINGER says otherwise. Calls that wait are rejected with EBADF. Files of makefile() keep it open.
   *
   * @throws SocketError the failure of a send that no call has been told of yet
   * @see POSIX close(); Python socket.close
   */
  close(): Promise<void> {
    return close(stateOf(this))
  }

  /** Closes the socket: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Closes the socket object without closing what is below it, and returns that: on the operating system's network
   * the net.Socket, net.Server or dgram.Socket. `socket(family, type, proto, handle)` makes a socket of it again.
   *
   * @throws SocketError EBADF if closed
   * @see Python socket.detach
   */
  detach(): unknown {
    return detach(stateOf(this))
  }

  /**
   * A file over the stream: lines and text, or bytes with 'b'. The socket stays open until its last file closes.
   *
   * @throws SocketError EOPNOTSUPP on SOCK_DGRAM, EBADF if closed; RangeError or TypeError for wrong options
   * @see Python socket.makefile; `SocketFile`
   */
  makefile<Mode extends FileMode = 'r'>(mode?: Mode, options: FileOptions = {}): SocketFile<Mode> {
    const state = stateOf(this)
    return makeFile<Mode>(mode === undefined ? ('r' as Mode) : mode, options, () => {
      state.stream('makefile')
      state.files++
      return {
        clock: state.driver.clock,
        recvInto: (buffer, wait) => this.recvInto(buffer, wait),
        send: (bytes, wait) => this.send(bytes, wait),
        release: () => fileClosed(state),
      }
    })
  }

  /** Chunks of a stream until its end. Leaving the loop early leaves the socket as it is. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    stateOf(this).stream('recv')
    for (let chunk = await this.recv(65536); chunk.length > 0; chunk = await this.recv(65536)) yield chunk
  }
}

const success = (): number => 0
