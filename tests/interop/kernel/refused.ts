// Opens a device, and prints what is said where that can't be done. Then there is nothing to wait for.

import { openTun } from 'seqack/tun'

try {
  openTun('tun1')
} catch (error) {
  const { name, code, message } = error as Error & { code?: string }
  console.log(`${name} ${code} ${message}`)
}
