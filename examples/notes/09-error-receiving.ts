// The error of receiving: the peer resets the connection, which is not the same as ending it. The server of these
// examples does so when it is asked for /reset.
//
//   npm run example 09-error-receiving -- HOST PORT FILE

import { AF_INET, error, SOCK_STREAM, socket } from 'seqack'

const [host, port, name] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
await s.connect([host, Number(port)])
await s.sendall(`${name}\r\n`)
try {
  while ((await s.recv(2048)).length > 0);
  console.log('received')
} catch (e) {
  if (!(e instanceof error)) throw e
  console.log('receiving:', e.code)
  console.error(e.message)
  process.exitCode = 1
}
await s.close()
