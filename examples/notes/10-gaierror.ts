// The error of looking a host up.
//
//   npm run example 10-gaierror -- HOST

import { gaierror, gethostbyname } from 'seqack'

const [host] = process.argv.slice(2)

try {
  const address = await gethostbyname(host)
  console.log(address)
} catch (e) {
  if (!(e instanceof gaierror)) throw e
  console.log('gaierror', e.errno)
  console.error(e.message)
  process.exitCode = 1
}
