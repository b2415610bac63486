// Making a net.Socket to connect with, fast.

import type { Socket as NodeSocket, SocketConstructorOpts } from 'node:net'
import { nodeModule } from './node.ts'
import { isDirect } from './socket-bytes.ts'

/**
 * net.Socket copies its options and adds to the copy. As long as V8 11.3 (Node 20) has seen four shapes of options there
 * or fewer, each copy gets hidden classes of its own, on which no code stays fast: 60 thousand of the 66 thousand
 * instructions that making a socket takes, an accepted one too. Options of five shapes, in turns, end that.
 */
const SHAPES = 5
let turn = 0

/**
 * A net.Socket that isn't connected.
 *
 * @param onread the buffer that it reads into, and who is told
 * @param handle a BoundSocket to connect with, where there is one
 */
export function newSocket(onread: object, handle: object | undefined): NodeSocket {
  turn = (turn + 1) % SHAPES
  if (!isDirect) return new (nodeModule('net').Socket)({ allowHalfOpen: true })
  // net.Socket takes `onread` and a BoundSocket here; its declared type lags behind its documentation.
  const options = { allowHalfOpen: true, onread, handle, [`shape${turn}`]: undefined }
  return new (nodeModule('net').Socket)(options as SocketConstructorOpts)
}
