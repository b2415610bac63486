// UDP: one datagram to the server, and the one that comes back. Nothing connects, so each says who sent it.
//
//   npm run example 12-udp -- HOST PORT TEXT

import { AF_INET, SOCK_DGRAM, socket } from 'seqack'

const [host, port, text] = process.argv.slice(2)

const s = socket(AF_INET, SOCK_DGRAM)
await s.sendto(text, [host, Number(port)])
const [buf, address] = await s.recvfrom(2048)
console.log('from', ...address)
console.log(new TextDecoder().decode(buf))
await s.close()
