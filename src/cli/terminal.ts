// Standard output as the commands use it: bytes as they are, no faster than they are taken, and colours where somebody
// looks at them.

import { env, stdout } from 'node:process'

/**
 * Writes to standard output, and waits until it's taken. Does not resolve if that fails: then main.ts ends the process.
 *
 * @param bytes must not change before the promise resolves
 */
export function writeOut(bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve) => {
    stdout.write(bytes, (error?: Error | null) => {
      if (!error) resolve()
    })
  })
}

const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const

/** Colours are for terminals, unless NO_COLOR is set to anything but the empty string (no-color.org). */
const COLOURED = stdout.isTTY && !env.NO_COLOR

/** `text` in a style, or as it is where there are no colours. */
export function paint(style: keyof typeof STYLES, text: string): string {
  const [on, off] = STYLES[style]
  return COLOURED ? `\x1b[${on}m${text}\x1b[${off}m` : text
}

/** How wide a line may be: the width of the terminal; where that is unknown, no limit. */
export function columns(): number {
  return stdout.columns || Number.POSITIVE_INFINITY
}
