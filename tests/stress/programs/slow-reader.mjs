// A fast sender and a reader that doesn't read, then does. Prints what memory grew by while nobody read, and whether the
// bytes that came are those that were sent. `node --expose-gc slow-reader.mjs BYTES`
import { createHash } from 'node:crypto'
import { createConnection, createServer, TimeoutError } from '../../../dist/index.js'

const total = Number(process.argv[2])
const listener = await createServer(['127.0.0.1', 0])
const sender = await createConnection(listener.getsockname())
const [reader] = await listener.accept()

const chunk = new Uint8Array(65536)
for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 131 + (i >> 8)) & 255
const sent = createHash('sha256')
let left = total
/** Sends until all is sent, or nothing was taken for `patience` seconds. */
async function send(patience) {
  while (left > 0) {
    const piece = chunk.subarray(0, Math.min(left, chunk.length))
    try {
      const taken = await sender.send(piece, { timeout: patience })
      sent.update(piece.subarray(0, taken))
      left -= taken
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      return
    }
  }
}

const held = () => {
  globalThis.gc()
  const { rss, external, heapUsed } = process.memoryUsage()
  return { rss, own: external + heapUsed }
}
const before = held()
await send(0.2)
const after = held()
const heldBack = left > 0

const received = createHash('sha256')
const sending = send(null).then(() => sender.shutdown(1))
const buffer = new Uint8Array(65536)
let count = 0
for (let n = await reader.recvInto(buffer); n > 0; n = await reader.recvInto(buffer)) {
  received.update(buffer.subarray(0, n))
  count += n
}
await sending
await Promise.all([sender.close(), reader.close(), listener.close()])
console.log(
  JSON.stringify({
    heldBack,
    count,
    same: sent.digest('hex') === received.digest('hex'),
    rssGrowth: after.rss - before.rss,
    ownGrowth: after.own - before.own,
  }),
)
