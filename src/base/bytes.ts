// Loads and stores of big-endian integers, which is how every Internet header is written (RFC 791, appendix B). Plain
// functions over (array, offset): V8 inlines them, and no DataView or subarray is made for a packet. They don't check
// bounds: a codec compares its lengths once, then loads.
// The signed and the unsigned 32-bit load are two functions because a number past 2^31 costs V8 a heap cell when it is
// kept: what is only compared for equality (an address) is loaded signed, what is computed with (a sequence number)
// isn't.

import { packetMemory } from './packet-memory.ts'

/** Two bytes, 0..65535. */
export function load16(b: Uint8Array, at: number): number {
  return (b[at] << 8) | b[at + 1]
}

/** Four bytes as an unsigned number, 0..2^32-1. */
export function load32(b: Uint8Array, at: number): number {
  return loadInt32(b, at) >>> 0
}

/** Four bytes as a signed number, -2^31..2^31-1. */
export function loadInt32(b: Uint8Array, at: number): number {
  return (b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]
}

/** Six bytes as an unsigned number, exact as a double: a hardware address. */
export function load48(b: Uint8Array, at: number): number {
  return load16(b, at) * 0x1_0000_0000 + load32(b, at + 2)
}

/** Stores the low 16 bits of `value`. */
export function store16(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 8
  b[at + 1] = value
}

/** Stores the low 32 bits of `value`; signed or unsigned makes no difference. */
export function store32(b: Uint8Array, at: number, value: number): void {
  b[at] = value >>> 24
  b[at + 1] = value >>> 16
  b[at + 2] = value >>> 8
  b[at + 3] = value
}

/** Stores the 48 bits of `value`, which is not negative. */
export function store48(b: Uint8Array, at: number, value: number): void {
  store16(b, at, value / 0x1_0000_0000)
  store32(b, at + 2, value)
}

/** Below this a loop beats `set(subarray)`, which costs 60-80 ns before its first byte (the loop: 1.7 ns a byte). */
const SHORT_COPY = 48

/** Copies `length` bytes. The two places may lie in one array and overlap. */
export function copyBytes(src: Uint8Array, srcStart: number, dst: Uint8Array, dstStart: number, length: number): void {
  if (src === dst) {
    if (src === packetMemory?.bytes) packetMemory.copy(dstStart, srcStart, length)
    else dst.copyWithin(dstStart, srcStart, srcStart + length)
  } else if (length < SHORT_COPY) {
    for (let i = 0; i < length; i++) dst[dstStart + i] = src[srcStart + i]
  } else {
    dst.set(src.subarray(srcStart, srcStart + length), dstStart)
  }
}
