// The client: sends the name of a file and CRLF, and prints what comes until the end of the stream.
//
//   npm run example 03-client -- HOST PORT FILE

import { AF_INET, SOCK_STREAM, socket } from 'seqack'

const [host, port, name] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
await s.connect([host, Number(port)])
await s.sendall(`${name}\r\n`)
while (true) {
  const buf = await s.recv(2048)
  if (buf.length === 0) break
  process.stdout.write(buf)
}
await s.close()
