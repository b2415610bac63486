// The error of making a socket: a family that the network doesn't have, 99 for one.
//
//   npm run example 05-error-creating -- FAMILY

import { error, SOCK_STREAM, socket } from 'seqack'

const [family] = process.argv.slice(2)

try {
  const s = socket(Number(family), SOCK_STREAM)
  console.log('created')
  await s.close()
} catch (e) {
  if (!(e instanceof error)) throw e
  console.log('creating:', e.code)
  console.error(e.message)
  process.exitCode = 1
}
