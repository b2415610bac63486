// The same client over a file: it writes the name, and reads lines until there are no more.
//
//   npm run example 04-client-makefile -- HOST PORT FILE

import { AF_INET, SOCK_STREAM, socket } from 'seqack'

const [host, port, name] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
await s.connect([host, Number(port)])
const file = s.makefile('rw', { encoding: 'utf-8', newline: '' })
await file.write(`${name}\r\n`)
await file.flush()
for await (const line of file) process.stdout.write(line)
await file.close()
await s.close()
