// The send buffer as Linux fills it (tcp_sendmsg, sk_stream_memory_free): it takes whole chunks as long as it isn't full,
// the last of them beyond its size, and wakes a writer when a third of it is free. What SO_SNDBUF sets is doubled there,
// for the bookkeeping, which isn't counted here. Only with the setting `sendInChunks`.

import type { ByteRing } from '../base/ring.ts'
import { sendBufferOf } from './autotune.ts'
import { effectiveMss, output } from './output.ts'
import { NEVER, type Tcb } from './tcb.ts'

/** The most bytes of a chunk: what a device cuts up. */
const MOST_CHUNK = 65536

/** TCP_NOTSENT_LOWAT, or the setting it has by default. */
export function notSentLowatOf(tcb: Tcb): number {
  const { notSentLowat } = tcb.options
  return notSentLowat === NEVER ? tcb.layer.settings.notSentLowat : notSentLowat
}

/** Whole segments within half the largest window that the peer has offered. */
function chunkSize(tcb: Tcb): number {
  const mss = effectiveMss(tcb)
  const half = tcb.maxSndWnd > 0 ? Math.floor(tcb.maxSndWnd / 2) : MOST_CHUNK
  const most = Math.min(MOST_CHUNK, half)
  return Math.max(mss, most - (most % mss))
}

/** Linux's sk_sndbuf. */
function limitOf(tcb: Tcb): number {
  return tcb.options.sendBuffer > 0 ? 2 * tcb.sendBuffer : sendBufferOf(tcb)
}

function queued(tcb: Tcb): number {
  return tcb.sendRing?.length ?? 0
}

function unsent(tcb: Tcb): number {
  return tcb.sndEnd - Math.max(1, tcb.sndNxt)
}

/** SEND: takes b[start..end), or as many chunks as there's room for. @returns how many bytes it took */
export function sendChunks(tcb: Tcb, ring: ByteRing, b: Uint8Array, start: number, end: number): number {
  // A writer that waits isn't woken for less.
  if (tcb.sendBlocked && chunkRoom(tcb) === 0) return 0
  tcb.sendBlocked = false
  let at = start
  while (at < end) {
    const size = chunkSize(tcb)
    // The last chunk, as far as it hasn't left, is filled up whether or not there's room for another.
    const last = tcb.sndEnd - Math.max(tcb.chunkStart, tcb.sndNxt)
    let room = last > 0 ? size - last : 0
    if (room <= 0) {
      if (queued(tcb) >= limitOf(tcb) || unsent(tcb) >= notSentLowatOf(tcb)) break
      tcb.chunkStart = tcb.sndEnd
      room = size
    }
    ring.max = ring.length + room
    const taken = ring.append(b, at, Math.min(end, at + room))
    at += taken
    tcb.sndEnd += taken
    output(tcb)
  }
  tcb.sendBlocked = at < end
  return at - start
}

/** Bytes that a writer is woken for; 0: it isn't yet. */
export function chunkRoom(tcb: Tcb): number {
  const limit = limitOf(tcb)
  const held = queued(tcb)
  if (1.5 * held > limit || 2 * unsent(tcb) >= notSentLowatOf(tcb)) return 0
  return Math.max(limit - held, chunkSize(tcb))
}
