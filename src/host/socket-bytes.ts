// How bytes go in and out of a net.Socket. Where it is Node's own inside (Node, Deno), by its implementer's methods, past its
// stream buffers. Bun's is another one behind the same name, whose handle reads on whatever those methods say: there, by
// the public ones, 'data', pause(), resume() and write(). They cost more, and a failed write ends the reading, too.

import type { Socket as NodeSocket } from 'node:net'

/** Whether net.Socket's inside is Node's. */
export const isDirect: boolean = globalThis.process?.versions?.bun === undefined

/** How much one read takes at most. */
const READ_SIZE = 65536

/** Lets the socket read until it's told not to. */
export function readOn(socket: NodeSocket): void {
  if (isDirect) socket._read(READ_SIZE)
  else socket.resume()
}

/** Writes, and calls back when the kernel has taken all of it. */
export function writeBytes(socket: NodeSocket, bytes: Uint8Array, done: (error?: Error | null) => void): void {
  if (isDirect) socket._write(bytes, 'buffer' as BufferEncoding, done)
  else if (bytes.length > 0) socket.write(bytes, done)
  else done()
}

/** Where bytes come by 'data': tells `arrived`, which says whether to read on. @returns the listener */
export function dataListener(socket: NodeSocket, arrived: (chunk: Uint8Array) => boolean): (chunk: Uint8Array) => void {
  return (chunk) => {
    if (!arrived(chunk)) socket.pause()
  }
}
