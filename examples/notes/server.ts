// The server that the programs here talk to.
//
//   npm run example server -- HOST PORT
//
// By TCP it reads one line, the name of a file, and sends that file: /subject/2412 is subject/2412.txt in this folder.
// Two names are not files: /reset resets the connection. By UDP it sends each datagram back in capitals.

import { readFile } from 'node:fs/promises'
import { AF_INET, createServer, error, SO_LINGER, SOCK_DGRAM, SOL_SOCKET, type Socket, socket } from 'seqack'

const [host, port] = process.argv.slice(2)

async function serve(peer: Socket): Promise<void> {
  const file = peer.makefile('r')
  const name = (await file.readline()).trim()
  if (name === '/reset') {
    // On, and no seconds: close() resets.
    peer.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer))
  } else {
    await peer.sendall(await contents(name))
  }
  await file.close()
  await peer.close()
}

/** The file of a name, or a line that says that there is none. */
async function contents(name: string): Promise<Uint8Array | string> {
  const subject = /^\/subject\/(\d+)$/.exec(name)?.[1]
  if (subject === undefined) return `There is no ${name} here.\r\n`
  return readFile(new URL(`subject/${subject}.txt`, import.meta.url)).catch(() => `There is no ${name} here.\r\n`)
}

async function answerDatagrams(): Promise<void> {
  const s = socket(AF_INET, SOCK_DGRAM)
  await s.bind(listener.getsockname())
  while (true) {
    const [buf, address] = await s.recvfrom(2048)
    await s.sendto(new TextDecoder().decode(buf).toUpperCase(), address)
  }
}

const listener = await createServer([host, Number(port)])
console.log('listening on', ...listener.getsockname())
void answerDatagrams()
while (true) {
  const [peer] = await listener.accept()
  serve(peer).catch((e) => {
    if (!(e instanceof error)) throw e
    console.error(e.message)
  })
}
