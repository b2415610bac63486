// Ancillary data: what recvmsg tells of a datagram beside its bytes, and sendmsg gives it on its way (RFC 3542 §20, POSIX's
// cmsghdr in Linux's layout). Owns its sizes and its checks; what there is of it is the network's.

import { checkInteger, kindOf } from './sockaddr.ts'

/** One item of ancillary data: Python's `(cmsg_level, cmsg_type, cmsg_data)`. */
export type Ancillary = readonly [level: number, type: number, data: Uint8Array]

/** A 64-bit Linux's struct cmsghdr, and how it aligns. */
const HEADER = 16
const ALIGNMENT = 8
const LARGEST = 2 ** 31 - 1

/** How long an item with so many bytes is, without what stands between items. @see Python socket.CMSG_LEN */
export function CMSG_LEN(length: number): number {
  checkInteger(length, 0, LARGEST - HEADER - ALIGNMENT, 'length', 'CMSG_LEN')
  return HEADER + length
}

/** How much room an item with so many bytes takes. @see RFC 3542 §20.3; Python socket.CMSG_SPACE */
export function CMSG_SPACE(length: number): number {
  checkInteger(length, 0, LARGEST - HEADER - ALIGNMENT, 'length', 'CMSG_SPACE')
  return HEADER + Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

/** The first of `items` that fit into `room`, the last of them perhaps cut, and whether that was not all. */
export function fitting(items: readonly Ancillary[], room: number): [items: Ancillary[], cut: boolean] {
  const kept: Ancillary[] = []
  let left = room
  for (const [level, type, data] of items) {
    if (left < HEADER) return [kept, true]
    if (left < HEADER + data.length) {
      kept.push([level, type, data.slice(0, left - HEADER)])
      return [kept, true]
    }
    kept.push([level, type, data])
    left -= CMSG_SPACE(data.length)
  }
  return [kept, false]
}

/** @throws TypeError, RangeError if it is no list of ancillary data */
export function checkAncillary(ancdata: unknown, syscall: string): readonly Ancillary[] {
  if (ancdata === undefined) return []
  if (!Array.isArray(ancdata)) throw new TypeError(`${syscall}: ancdata must be an array, not ${kindOf(ancdata)}`)
  for (const item of ancdata as unknown[]) {
    if (!Array.isArray(item) || item.length !== 3 || !(item[2] instanceof Uint8Array)) {
      throw new TypeError(`${syscall}: ancdata has items [level, type, Uint8Array], not ${kindOf(item)}`)
    }
    checkInteger(item[0], 0, LARGEST, 'level', syscall)
    checkInteger(item[1], 0, LARGEST, 'type', syscall)
  }
  return ancdata as Ancillary[]
}
