// The error of sending: the peer has ended the connection, and we go on. The first sendall() still succeeds, for it
// only hands bytes to the network; the peer's answer to them makes a later one fail.
//
//   npm run example 08-error-sending -- HOST PORT FILE

import { AF_INET, error, SOCK_STREAM, socket } from 'seqack'

const [host, port, name] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
await s.connect([host, Number(port)])
await s.sendall(`${name}\r\n`)
while ((await s.recv(2048)).length > 0);
try {
  for (let i = 0; i < 1000; i++) await s.sendall('anybody there?\r\n')
  console.log('sent')
} catch (e) {
  if (!(e instanceof error)) throw e
  console.log('sending:', e.code)
  console.error(e.message)
  process.exitCode = 1
}
await s.close()
