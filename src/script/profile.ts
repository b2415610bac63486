// Whose habits a script was written against: what Linux and FreeBSD do otherwise than the RFCs ask, which a script shows
// and which is nobody's fault. A profile sets the stack's own switches where there are any, and says what isn't compared
// where there are none.

import type { TcpSettings } from '../tcp/settings.ts'
import { tcpSettings } from '../tcp/settings.ts'
import type { Script } from './syntax.ts'

export type ProfileName = 'rfc' | 'linux' | 'freebsd'

export interface Profile {
  readonly name: ProfileName
  readonly settings: Partial<TcpSettings>
  /** Options must come in the script's order and with its padding. */
  readonly exactOptions: boolean
  /** PSH must be as written: RFC 9293 §3.9.1.2 leaves to the sender where it stands beyond the last segment queued. */
  readonly exactPush: boolean
  /** Windows must be as written; else they depend on a buffer's size. */
  readonly exactWindows: boolean
  /** Sizes of buffers that getsockopt tells must be as written. */
  readonly exactBuffers: boolean
  /**
   * The window isn't what the header says but the whole buffer, where that is more than an unscaled header can say:
   * numbers that scripts place at its right edge are moved to that of ours.
   */
  readonly windowIsBuffer: boolean
}

const STRICT = { exactOptions: true, exactPush: true, exactWindows: true, exactBuffers: true, windowIsBuffer: false }

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  rfc: { name: 'rfc', settings: {}, ...STRICT },
  // Linux pushes whatever is half a window or more, and the last of each write, also where more has been queued.
  linux: { name: 'linux', settings: tcpSettings('linux'), ...STRICT, exactPush: false, exactBuffers: false },
  // FreeBSD offers window scaling before SACK and timestamps, and rounds its buffers up to whole segments.
  freebsd: {
    name: 'freebsd',
    settings: { rtoMinMs: 200, windowScale: 6 },
    exactOptions: false,
    exactPush: false,
    exactWindows: false,
    exactBuffers: false,
    windowIsBuffer: true,
  },
}

/** The profile that a script's shell lines ask for: FreeBSD's sysctls, Linux's, or neither's. */
export function profileOf(script: Script): ProfileName {
  const commands = script.events.flatMap(({ action }) => (action.kind === 'command' ? [action.text] : []))
  const text = [script.prelude?.text ?? '', ...commands].join('\n')
  if (/\bnet\.inet6?\./.test(text)) return 'freebsd'
  return /\bnet\.ipv4\.|\/net\/ipv4\/|\bdefaults\.sh\b/.test(text) ? 'linux' : 'rfc'
}
