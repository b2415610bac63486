// Makes a socket and connects it.
//
//   npm run example 01-make-a-socket -- HOST PORT

import { AF_INET, SOCK_STREAM, socket } from 'seqack'

const [host, port] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
await s.connect([host, Number(port)])
console.log('connected to', host, port)
await s.close()
