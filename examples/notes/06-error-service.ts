// The error of looking up the port of a service that nobody knows. It has no number, in Python either.
//
//   npm run example 06-error-service -- SERVICE

import { error, getservbyname } from 'seqack'

const [service] = process.argv.slice(2)

try {
  const port = getservbyname(service, 'tcp')
  console.log('port', port)
} catch (e) {
  if (!(e instanceof error)) throw e
  console.log('no such service')
  console.error(e.message)
  process.exitCode = 1
}
