// Captures of a simulated host or link: pcapng in which every packet that something befell says so in a comment.

import { Capture, type CaptureInterface } from '../capture/capture.ts'
import type { FrameEvent, FrameWatcher } from './impaired-link.ts'
import type { Mishap } from './impairment.ts'

/** Takes the file's next bytes, which are its own. */
export type WriteCapture = (bytes: Uint8Array) => void

const COMMENTS: Readonly<Record<Mishap, string>> = {
  lost: 'lost on the link',
  'queue-full': 'dropped: the queue of the link is full',
  duplicated: 'duplicated by the link',
  corrupted: 'corrupted on the link: one bit flipped',
  reordered: 'held back on the link',
}

/**
 * What a host sees of its links: packets out as it sends them, packets in as they come.
 *
 * @param name of the host
 */
export function hostCapture(name: string, write: WriteCapture): FrameWatcher {
  const capture = new Capture(write)
  const links = new Map<string, CaptureInterface>()
  return (event) => {
    if (event.fate !== 'sent' && event.fate !== 'delivered') return
    const out = event.fate === 'sent'
    // Each of the two hosts hears of both ends.
    if ((out ? event.from : event.to) !== name) return
    let link = links.get(event.link)
    if (link === undefined) {
      link = capture.interface({ name: event.link })
      links.set(event.link, link)
    }
    link.record(event.atMs, event.bytes, commentOn(event), out ? 'out' : 'in')
  }
}

/** What passes along a link, when it's sent: lost packets too, corrupted ones as they arrive, copies as packets of their own. */
export function linkCapture(name: string, write: WriteCapture): FrameWatcher {
  const link = new Capture(write).interface({ name })
  return (event) => {
    const { fate, mishaps } = event
    const original =
      fate === 'sent' ? !mishaps.includes('corrupted') : fate === 'corrupted' && !mishaps.includes('duplicated')
    if (original || fate === 'duplicated') link.record(event.atMs, event.bytes, commentOn(event))
  }
}

function commentOn({ mishaps }: FrameEvent): string | undefined {
  return mishaps.length === 0 ? undefined : mishaps.map((mishap) => COMMENTS[mishap]).join('; ')
}
