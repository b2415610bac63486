// The error of looking up the name that an address has.
//
//   npm run example 11-herror -- ADDRESS

import { gethostbyaddr, herror } from 'seqack'

const [address] = process.argv.slice(2)

try {
  const [name] = await gethostbyaddr(address)
  console.log(name)
} catch (e) {
  if (!(e instanceof herror)) throw e
  console.log('herror', e.errno)
  console.error(e.message)
  process.exitCode = 1
}
