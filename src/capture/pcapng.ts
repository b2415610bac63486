// The pcapng format as both sides of this room need it: block types, option codes, link types. The draft
// draft-ietf-opsawg-pcapng, and for link types the registry of draft-ietf-opsawg-pcaplinktype. Writing stands in
// capture.ts, reading in reader.ts.

/**
 * Any block.      0                                31
 *                 |            block type           |
 *                 |           total length          |   a multiple of 4, all 12 + body bytes
 *                 |   body, padded to 32 bits       |
 *                 |           total length          |
 * Enhanced        | interface | time high | time low | captured | original | packet | options |
 * Interface       | link type (16) | 0 (16) | snap length | options |
 * Section         | byte order | major (16) | minor (16) | section length (64) | options |
 * An option       | code (16) | length (16) | value, padded to 32 bits |
 */
export const BLOCK_OVERHEAD = 12

export const SECTION_HEADER = 0x0a0d0d0a
export const INTERFACE_DESCRIPTION = 1
export const SIMPLE_PACKET = 3
export const ENHANCED_PACKET = 6

/** The first word of a section header's body: tells the byte order of the section. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d

export const OPT_END = 0
export const OPT_COMMENT = 1
export const SHB_USERAPPL = 4
export const IF_NAME = 2
export const IF_TSRESOL = 9
export const IF_TSOFFSET = 14
export const EPB_FLAGS = 2

/** The two lowest bits of EPB_FLAGS. */
export const INBOUND = 1
export const OUTBOUND = 2

/** Ethernet frames. */
export const LINKTYPE_ETHERNET = 1
/** IP packets of either version, told by their first four bits. */
export const LINKTYPE_RAW = 101
export const LINKTYPE_IPV4 = 228
export const LINKTYPE_IPV6 = 229

/** Whose way a packet goes, seen from the host that captures. */
export type Direction = 'in' | 'out'

/** Up to the next multiple of 4. */
export function padded(length: number): number {
  return (length + 3) & ~3
}
