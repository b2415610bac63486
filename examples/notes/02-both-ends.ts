// The addresses of both ends of a connection.
//
//   npm run example 02-both-ends -- HOST PORT

import { AF_INET, SOCK_STREAM, socket } from 'seqack'

const [host, port] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_STREAM)
await s.connect([host, Number(port)])
console.log('from', ...s.getsockname())
console.log('to', ...s.getpeername())
await s.close()
