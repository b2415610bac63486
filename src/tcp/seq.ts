// Sequence numbers (RFC 9293 §3.4), unwrapped at the door. On the wire they have 32 bits and turn over; inside they are
// plain numbers in which the SYN is 0 and the first byte 1, so that `a < b` means what the RFC says.

const TURN = 0x1_0000_0000
const HALF = 0x8000_0000

/** The number nearest to `near` that is `wire` on the wire; negative for what is older than the SYN. */
export function unwrap(wire: number, isn: number, near: number): number {
  const within = (wire - isn) >>> 0
  const number = near < HALF ? within : within + Math.floor(near / TURN) * TURN
  if (number - near > HALF) return number - TURN
  if (near - number > HALF) return number + TURN
  return number
}

/** What `number` is on the wire. */
export function wrap(number: number, isn: number): number {
  // Doubles past 2^32 lose nothing here: `% TURN` first, then the sum is below 2^33.
  return ((number % TURN) + isn) >>> 0
}

/** Whether timestamp a is before b (RFC 7323 §5.2), both 32 bits that turn over. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}
