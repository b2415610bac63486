// The errors of connecting: the address can't be found (gaierror), or nobody answers there (error). The first is also
// one of the second kind, so it has to be asked for first.
//
//   npm run example 07-error-connecting -- HOST PORT

import { AF_INET, error, gaierror, SOCK_STREAM, socket } from 'seqack'

const [host, port] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
try {
  await s.connect([host, Number(port)])
  console.log('connected')
} catch (e) {
  if (e instanceof gaierror) console.log('connecting: the address is wrong')
  else if (e instanceof error) console.log('connecting:', e.code)
  else throw e
  console.error(e.message)
  process.exitCode = 1
}
await s.close()
