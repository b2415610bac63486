// What goes over a socket, as users call it: send and receive. How it is done stands in sending.ts and receiving.ts.

import type { Data } from './data.ts'
import {
  type Message,
  type MessageInto,
  type ReceiveMessageOptions,
  receiveMessage,
  receiveMessageInto,
  type SendMessageOptions,
  sendMessage,
} from './messages.ts'
import {
  bytesAndSource,
  isAtMark,
  onlyBytes,
  onlySize,
  type ReceiveOptions,
  receive,
  receiveExactly,
  sizeAndSource,
} from './receiving.ts'
import { type SendableFile, type SendFileOptions, sendFile } from './sendfile.ts'
import { type SendOptions, send, sendTo } from './sending.ts'
import type { SocketAddress } from './sockaddr.ts'
import { SocketSettings, stateOf } from './socket-settings.ts'
import type { WaitOptions } from './wait.ts'

/** The part of a `Socket` that sends and receives. */
export abstract class SocketTransfer extends SocketSettings {
  /**
   * Sends bytes; on a stream, perhaps only the first part of them.
   *
   * @param data text (sent as UTF-8) or bytes; they may be changed once the call has settled
   * @param options with the flag MSG_OOB the last byte taken is urgent
   * @returns how many bytes the send buffer took: all of them unless a timeout or a signal was given
   * @throws BrokenPipeError if sending was shut down or the connection is over, or there never was one
   * @throws ConnectionResetError if the peer reset; SocketError EDESTADDRREQ if SOCK_DGRAM has no peer, EMSGSIZE
   * @throws SocketError EOPNOTSUPP for MSG_OOB where the network has no way to it, or on SOCK_DGRAM
   * @throws TimeoutError, BlockingIOError EAGAIN: nothing was sent
   * @see POSIX send(); Python socket.send
   */
  send(data: Data, options?: SendOptions): Promise<number> {
    try {
      return Promise.resolve(send(stateOf(this), data, 'send', options, false))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends all of `data`: resolves when the send buffer has taken it. A later failure surfaces at the next call or at
   * close().
   *
   * @param data text (sent as UTF-8) or bytes; they may be changed once the call has settled
   * @throws what `send()` throws. After a TimeoutError or an abort an unknown part was sent: send() says how much.
   * @see Python socket.sendall
   */
  sendall(data: Data, options?: SendOptions): Promise<void> {
    try {
      const sent = send(stateOf(this), data, 'sendall', options, true)
      return typeof sent === 'number' ? SENT : sent.then(nothing)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends one datagram to `address`; a name is looked up. On SOCK_STREAM the address is ignored, as on Linux.
   *
   * @returns the number of bytes sent: all of them
   * @throws SocketError EMSGSIZE if it is too long, ENETUNREACH, EACCES for a broadcast without SO_BROADCAST
   * @throws GaiError if the name can't be resolved
   * @see POSIX sendto(); Python socket.sendto
   */
  sendto(data: Data, address: SocketAddress, options?: SendOptions): Promise<number> {
    try {
      return Promise.resolve(sendTo(stateOf(this), data, address, 'sendto', options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends several buffers as one: on SOCK_DGRAM one datagram, on a stream perhaps only the first part of them.
   *
   * @param buffers at most 1024 of text or bytes
   * @param options `ancdata` and `address` beside what send() takes
   * @returns how many bytes were sent
   * @throws what `send()` and `sendto()` throw; EMSGSIZE for too many buffers
   * @throws SocketError ENOPROTOOPT for ancillary data where the network has none, EINVAL if it doesn't know it
   * @see POSIX sendmsg(); Python socket.sendmsg
   * @example await socket.sendmsg([header, body], { address: ['10.0.0.2', 7] })
   */
  sendmsg(buffers: Iterable<Data>, options?: SendMessageOptions): Promise<number> {
    try {
      return Promise.resolve(sendMessage(stateOf(this), buffers, options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends a file: all of it, or `count` bytes from `offset` on. Each part is sent before the next one is read.
   *
   * @param file a Blob, or what reads at a position as a FileHandle of node:fs/promises does
   * @returns how many bytes were sent: fewer than `count` if the file ends before
   * @throws SocketError EOPNOTSUPP on SOCK_DGRAM; RangeError for a count below 1, or a socket whose timeout is 0
   * @throws what `sendall()` throws, and what reading throws
   * @see Python socket.sendfile
   * @example await socket.sendfile(await open('index.html'))
   */
  sendfile(file: SendableFile, options?: SendFileOptions): Promise<number> {
    return sendFile(this, stateOf(this), file, options)
  }

  /**
   * Receives up to `size` bytes of a stream, or the first `size` bytes of one datagram (the rest of it is dropped).
   *
   * @param size most bytes to return, >= 0
   * @returns 1..size bytes as soon as any are queued; on a stream, empty only at its end. The array is yours.
   * @throws ConnectionResetError if the peer reset; SocketError ENOTCONN if unconnected, EBADF if closed
   * @throws TimeoutError after `timeout` seconds, BlockingIOError EAGAIN if that is 0: nothing is consumed
   * @see POSIX recv(); Python socket.recv; RFC 9293 §3.10.3
   */
  recv(size: number, options?: ReceiveOptions): Promise<Uint8Array> {
    return receive(stateOf(this), 'recv', size, undefined, options, onlyBytes)
  }

  /**
   * Receives into `buffer` what `recv(buffer.byteLength)` would return.
   *
   * @returns the number of bytes; 0 at the end of a stream
   * @throws what `recv()` throws
   * @see Python socket.recv_into
   */
  recvInto(buffer: ArrayBufferView | ArrayBufferLike, options?: ReceiveOptions): Promise<number> {
    return receive(stateOf(this), 'recvInto', 0, buffer, options, onlySize)
  }

  /**
   * Receives one datagram and who sent it; on SOCK_STREAM, bytes and the peer.
   *
   * @returns the datagram's first `size` bytes (the rest is dropped) and the sender's address
   * @throws what `recv()` throws
   * @see POSIX recvfrom(); Python socket.recvfrom
   */
  recvfrom(size: number, options?: ReceiveOptions): Promise<[Uint8Array, SocketAddress]> {
    return receive(stateOf(this), 'recvfrom', size, undefined, options, bytesAndSource)
  }

  /**
   * Receives one datagram into `buffer`; on SOCK_STREAM, bytes.
   *
   * @returns the number of bytes in the buffer and the sender's address
   * @throws what `recv()` throws
   * @see Python socket.recvfrom_into
   */
  recvfromInto(buffer: ArrayBufferView | ArrayBufferLike, options?: ReceiveOptions): Promise<[number, SocketAddress]> {
    return receive(stateOf(this), 'recvfromInto', 0, buffer, options, sizeAndSource)
  }

  /**
   * Receives what `recv(size)` would, and what the network tells beside it.
   *
   * @param options `ancsize` is the room for ancillary data, which is dropped without it
   * @returns the bytes; ancillary data as options asked for (IP_RECVTTL, IP_RECVTOS, IP_PKTINFO); MSG_TRUNC if the datagram was
   *   longer, MSG_CTRUNC if the ancillary data were; the sender's address, undefined on a stream
   * @throws what `recv()` throws
   * @see POSIX recvmsg(); Python socket.recvmsg
   */
  recvmsg(size: number, options?: ReceiveMessageOptions): Promise<Message> {
    return receiveMessage(stateOf(this), size, options)
  }

  /**
   * Receives into several buffers, one after the other, what `recvmsg` would return.
   *
   * @param buffers at most 1024
   * @returns as of recvmsg, with the number of bytes in place of the bytes
   * @throws what `recv()` throws; EMSGSIZE for too many buffers
   * @see POSIX recvmsg(); Python socket.recvmsg_into
   */
  recvmsgInto(
    buffers: Iterable<ArrayBufferView | ArrayBufferLike>,
    options?: ReceiveMessageOptions,
  ): Promise<MessageInto> {
    return receiveMessageInto(stateOf(this), buffers, options)
  }

  /**
   * Receives exactly `size` bytes of a stream.
   *
   * @throws IncompleteReadError if the stream ends before; what came is in its `partial`
   * @throws what `recv()` throws. After a timeout or an abort nothing is consumed.
   * @see asyncio StreamReader.readexactly
   */
  recvExactly(size: number, options?: WaitOptions): Promise<Uint8Array> {
    return receiveExactly(stateOf(this), size, options)
  }

  /**
   * Whether the next byte to be received is where the peer's urgent data ends: receiving stops there once.
   *
   * @throws SocketError EOPNOTSUPP where the network has no way to it, or on SOCK_DGRAM; EBADF if closed
   * @see POSIX sockatmark(); RFC 6093
   */
  sockatmark(): boolean {
    return isAtMark(stateOf(this))
  }
}

// The results of sendall, which needs no promise of its own where all was sent at once.
const SENT = Promise.resolve()
const nothing = (): void => {}
