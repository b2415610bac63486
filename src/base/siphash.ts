// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012): a keyed hash whose output an attacker
// without the key can't predict or make collide. It makes ISNs (RFC 6528 §3), picks ports (RFC 6056 §3.3.3) and indexes
// the table of connections, where chosen 4-tuples would otherwise pile up in one bucket.
// 64-bit words are pairs of 32-bit halves, low half first; nothing is allocated after the constructor.

/** One key and its scratch. Not reentrant, and needn't be: it never calls out. */
export class SipHash {
  /** The second half of the last hash, signed: use it where 32 bits are too few. */
  high = 0
  readonly #key = new Int32Array(4)
  /** v0..v3, each low half then high half. */
  readonly #v = new Int32Array(8)

  /** @param key 16 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new RangeError(`a SipHash key has 16 bytes, not ${key.length}`)
    for (let i = 0; i < 4; i++) this.#key[i] = loadLittle32(key, 4 * i)
  }

  /** Hashes b[start..end). @returns the low 32 bits, unsigned */
  bytes(b: Uint8Array, start: number, end: number): number {
    const length = end - start
    const tail = end - (length & 7)
    this.#begin()
    for (let at = start; at < tail; at += 8) this.#compress(loadLittle32(b, at), loadLittle32(b, at + 4))
    let low = 0
    let high = length << 24
    for (let at = tail; at < end; at++) {
      const shift = 8 * ((at - tail) & 3)
      if (at - tail < 4) low |= b[at] << shift
      else high |= b[at] << shift
    }
    this.#compress(low, high)
    return this.#finish()
  }

  /** Hashes the first `count` words, as if each were written as four little-endian bytes. @returns as `bytes` */
  words(words: Int32Array, count: number): number {
    const pairs = count & ~1
    this.#begin()
    for (let i = 0; i < pairs; i += 2) this.#compress(words[i], words[i + 1])
    this.#compress(pairs < count ? words[pairs] : 0, (4 * count) << 24)
    return this.#finish()
  }

  /** "somepseudorandomlygeneratedbytes", with the key mixed in. */
  #begin(): void {
    const v = this.#v
    const key = this.#key
    v[0] = key[0] ^ 0x70736575
    v[1] = key[1] ^ 0x736f6d65
    v[2] = key[2] ^ 0x6e646f6d
    v[3] = key[3] ^ 0x646f7261
    v[4] = key[0] ^ 0x6e657261
    v[5] = key[1] ^ 0x6c796765
    v[6] = key[2] ^ 0x79746573
    v[7] = key[3] ^ 0x74656462
  }

  #compress(low: number, high: number): void {
    const v = this.#v
    v[6] ^= low
    v[7] ^= high
    sipRounds(v, 2)
    v[0] ^= low
    v[1] ^= high
  }

  #finish(): number {
    const v = this.#v
    v[4] ^= 0xff
    sipRounds(v, 4)
    this.high = v[1] ^ v[3] ^ v[5] ^ v[7]
    return (v[0] ^ v[2] ^ v[4] ^ v[6]) >>> 0
  }
}

/** The paper's SipRound (figure 2.1), `count` times; `l` and `h` are the halves of its four words. */
function sipRounds(v: Int32Array, count: number): void {
  let l0 = v[0]
  let h0 = v[1]
  let l1 = v[2]
  let h1 = v[3]
  let l2 = v[4]
  let h2 = v[5]
  let l3 = v[6]
  let h3 = v[7]
  for (let i = 0; i < count; i++) {
    let low = (l0 + l1) | 0 // v0 += v1
    h0 = (h0 + h1 + carry(low, l0)) | 0
    let high = (h1 << 13) | (l1 >>> 19) // v1 <<<= 13; v1 ^= v0
    l1 = ((l1 << 13) | (h1 >>> 19)) ^ low
    h1 = high ^ h0
    l0 = h0 // v0 <<<= 32
    h0 = low

    low = (l2 + l3) | 0 // v2 += v3
    h2 = (h2 + h3 + carry(low, l2)) | 0
    l2 = low
    high = (h3 << 16) | (l3 >>> 16) // v3 <<<= 16; v3 ^= v2
    l3 = ((l3 << 16) | (h3 >>> 16)) ^ l2
    h3 = high ^ h2

    low = (l0 + l3) | 0 // v0 += v3
    h0 = (h0 + h3 + carry(low, l0)) | 0
    l0 = low
    high = (h3 << 21) | (l3 >>> 11) // v3 <<<= 21; v3 ^= v0
    l3 = ((l3 << 21) | (h3 >>> 11)) ^ l0
    h3 = high ^ h0

    low = (l2 + l1) | 0 // v2 += v1
    h2 = (h2 + h1 + carry(low, l2)) | 0
    high = (h1 << 17) | (l1 >>> 15) // v1 <<<= 17; v1 ^= v2
    l1 = ((l1 << 17) | (h1 >>> 15)) ^ low
    h1 = high ^ h2
    l2 = h2 // v2 <<<= 32
    h2 = low
  }
  v[0] = l0
  v[1] = h0
  v[2] = l1
  v[3] = h1
  v[4] = l2
  v[5] = h2
  v[6] = l3
  v[7] = h3
}

/** 1 if the addition that gave `sum` from `addend` overflowed 32 bits. */
function carry(sum: number, addend: number): number {
  return sum >>> 0 < addend >>> 0 ? 1 : 0
}

function loadLittle32(b: Uint8Array, at: number): number {
  return b[at] | (b[at + 1] << 8) | (b[at + 2] << 16) | (b[at + 3] << 24)
}
