// What our stack and the kernel do with each other. `ours` and `kernel` in a name say who begins. Each returns facts,
// which kernel.test.ts holds against what should be.

import { execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { SHUT_WR, SOCK_DGRAM, type Socket } from 'seqack'
import * as device from './device.ts'
import type { Peer, Received } from './peer.ts'
import { abort, KERNEL, noise, OURS, outcome, receiveAll, sha256, until, type World } from './world.ts'

const PORT = 8000

/** One way of a transfer: the SHA-256 of what was sent, and what came. */
export interface Transfer {
  readonly sent: string
  readonly received: Received
}

/** What happened to a connection that was used both ways. */
export interface Bulk {
  readonly out: Transfer
  readonly into: Transfer
  /** `ss -ti` after the first way; empty where it wasn't asked. */
  readonly info: string
  readonly counters: { readonly tcp: Record<string, number>; readonly ip: Record<string, number> }
  /** What the link did on purpose. */
  readonly lost: number
  readonly reordered: number
  /** What the device did. */
  readonly tun: { readonly dropped: number; readonly tooLarge: number }
}

/** A connection that we began, or the kernel did: our end, and the number of the kernel's. */
async function connected(world: World, peer: Peer, from: 'ours' | 'kernel', buffer = 0): Promise<[Socket, number]> {
  if (from === 'ours') {
    const listener = await peer.listen(PORT, buffer)
    const accepted = peer.accept(listener)
    const socket = world.socket()
    await socket.connect([world.kernel, PORT])
    return [socket, await accepted]
  }
  const listener = await world.listener(PORT)
  const connecting = peer.connect(PORT, buffer)
  const [socket] = await listener.accept()
  return [socket, await connecting]
}

/** As many bytes each way, the second way when the first has ended: both are half closed for half of the time. */
async function bulk(world: World, from: 'ours' | 'kernel'): Promise<Bulk> {
  const peer = world.peer()
  const { bytes = 1 << 20 } = world.setup
  const [socket, theirs] = await connected(world, peer, from)
  const outgoing = noise(bytes, 1)
  const received = peer.receive(theirs)
  await socket.sendall(outgoing)
  socket.shutdown(SHUT_WR)
  const out = { sent: sha256(outgoing), received: await received }
  const info = await world.kernelInfo()
  const sent = peer.send(theirs, bytes, 2).then(async (digest) => {
    await peer.shutdown(theirs)
    return digest
  })
  const arrived = await receiveAll(socket)
  const into = { sent: await sent, received: arrived }
  await socket.close()
  await peer.close(theirs)
  return { out, into, info, ...countsOf(world) }
}

/** Both ways at once. */
async function duplex(world: World): Promise<Bulk> {
  const [sender, receiver] = [world.peer(), world.peer()]
  const { bytes = 1 << 20 } = world.setup
  const listeners = [await sender.listen(PORT), await receiver.listen(PORT + 1)]
  const [first, second] = [world.socket(), world.socket()]
  await first.connect([world.kernel, PORT])
  await second.connect([world.kernel, PORT + 1])
  const theirs = [await sender.accept(listeners[0]), await receiver.accept(listeners[1])]
  const outgoing = noise(bytes, 3)
  const sent = sender.send(theirs[0], bytes, 4).then(async (digest) => {
    await sender.shutdown(theirs[0])
    return digest
  })
  const received = receiver.receive(theirs[1])
  const arrived = receiveAll(first)
  await second.sendall(outgoing)
  second.shutdown(SHUT_WR)
  return {
    out: { sent: sha256(outgoing), received: await received },
    into: { sent: await sent, received: await arrived },
    info: '',
    ...countsOf(world),
  }
}

function countsOf(world: World): Omit<Bulk, 'out' | 'into' | 'info'> {
  const { engine } = world.stack
  return {
    counters: { tcp: { ...engine.counters.tcp }, ip: { ...engine.counters.ip } },
    lost: world.impaired?.lost ?? 0,
    reordered: world.impaired?.reordered ?? 0,
    tun: { dropped: world.tun.dropped, tooLarge: world.tun.tooLarge },
  }
}

/** Each end's TCP_INFO, first as they are connected, then when both have sent text and it is acknowledged. */
async function info(world: World, from: 'ours' | 'kernel') {
  const peer = world.peer()
  const [socket, theirs] = await connected(world, peer, from)
  const both = async () => ({ ours: { ...socket.info() }, kernel: await peer.info(theirs) })
  const begun = await both()
  await socket.sendall('x'.repeat(5000))
  for (let got = 0; got < 5000; ) got += (await peer.recv(theirs, 5000)).length
  await peer.write(theirs, 'y'.repeat(5000))
  await socket.recvExactly(5000)
  await until('all is acknowledged', async () => {
    const now = await both()
    return now.ours.tcpi_unacked === 0 && now.kernel.tcpi_unacked === 0
  })
  const used = await both()
  await socket.close()
  await peer.close(theirs)
  return { begun, used }
}

/** Nobody listens. */
async function refusal(world: World) {
  const peer = world.peer()
  return {
    ours: await outcome(world.socket().connect([world.kernel, PORT])),
    kernel: await outcome(peer.connect(PORT)),
    datagram: await outcome(peer.datagram(PORT, 5)),
    left: [...world.ourStates(), ...(await world.kernelStates())],
  }
}

async function reset(world: World, from: 'ours' | 'kernel') {
  const peer = world.peer()
  const [socket, theirs] = await connected(world, peer, 'ours')
  await socket.sendall('x')
  await peer.recv(theirs, 1)
  let told: unknown
  if (from === 'ours') {
    const reading = outcome(peer.recv(theirs, 1))
    await abort(socket)
    told = await reading
  } else {
    const reading = outcome(socket.recv(1))
    await peer.abort(theirs)
    told = await reading
  }
  return { told, left: [...world.ourStates(), ...(await world.kernelStates())] }
}

/** Closing with bytes unread tells the sender that they're lost (RFC 2525 §2.17). */
async function unreadClose(world: World, from: 'ours' | 'kernel') {
  const peer = world.peer()
  const [socket, theirs] = await connected(world, peer, 'kernel')
  if (from === 'ours') {
    await peer.write(theirs, 'unread')
    await until('the bytes have come', () => unreadOf(world) === 6)
    const reading = outcome(peer.recv(theirs, 1))
    await socket.close()
    return reading
  }
  await socket.sendall('unread')
  await until('the bytes have come', async () => /^ESTAB\s+6\s/m.test(await world.kernelInfo()))
  const reading = outcome(socket.recv(1))
  await peer.close(theirs)
  return reading
}

function unreadOf(world: World): number {
  const [tcb] = world.stack.engine.tcp.table.connections()
  return tcb?.receiveRing?.length ?? 0
}

async function halfClose(world: World, from: 'ours' | 'kernel') {
  const peer = world.peer()
  const [socket, theirs] = await connected(world, peer, 'ours')
  if (from === 'ours') {
    await socket.sendall('question')
    socket.shutdown(SHUT_WR)
    const question = `${await peer.recv(theirs, 100)}${await peer.recv(theirs, 100)}`
    await until('it is acknowledged', () => world.ourStates()[0] === 'FIN-WAIT-2')
    const states = [...world.ourStates(), ...(await world.kernelStates())]
    await peer.write(theirs, 'answer')
    await peer.close(theirs)
    const answer = new TextDecoder().decode(await socket.recvExactly(6))
    const end = (await socket.recv(1)).length
    return { question, states, answer, end }
  }
  await peer.write(theirs, 'question')
  await peer.shutdown(theirs)
  const question = new TextDecoder().decode(await socket.recvExactly(8))
  const end = (await socket.recv(1)).length
  await until('it is acknowledged', async () => (await world.kernelStates())[0] === 'FIN-WAIT-2')
  const states = [...world.ourStates(), ...(await world.kernelStates())]
  await socket.sendall('answer')
  await socket.close()
  return { question, states, answer: `${await peer.recv(theirs, 100)}${await peer.recv(theirs, 100)}`, end }
}

/** Whoever reads doesn't, until the sender has probed the closed window twice; then everything. */
async function zeroWindow(world: World, reader: 'ours' | 'kernel') {
  const peer = world.peer()
  const { bytes = 4 << 20 } = world.setup
  const [socket, theirs] = await connected(world, peer, 'ours', reader === 'kernel' ? 65536 : 0)
  if (reader === 'kernel') {
    const { tcp } = world.stack.engine.counters
    const outgoing = noise(bytes, 5)
    const sending = socket.sendall(outgoing).then(() => socket.shutdown(SHUT_WR))
    await until('we have probed', () => tcp.zeroWindowProbes >= 2)
    const [tcb] = world.stack.engine.tcp.table.connections()
    const window = tcb.sndWnd
    const received = await peer.receive(theirs)
    await sending
    return { window, sent: sha256(outgoing), received, retransmitted: tcp.retransSegs }
  }
  const other = peer.send(theirs, bytes, 6).then(async (digest) => {
    await peer.shutdown(theirs)
    return digest
  })
  // Linux probes with a number before the window, which is refused and so answered.
  const { tcp } = world.stack.engine.counters
  await until('the kernel has probed', () => tcp.notAcceptable >= 2)
  await until('its persist timer runs', async () => /timer:\(persist,/.test(await world.kernelInfo()))
  const [tcb] = world.stack.engine.tcp.table.connections()
  const window = tcb.rcvAdv - tcb.rcvNxt
  const received = await receiveAll(socket)
  return { window, sent: await other, received, retransmitted: 0 }
}

/** Who closes first waits (RFC 9293 §3.6), the other is done. */
async function timeWait(world: World, first: 'ours' | 'kernel') {
  const peer = world.peer()
  const [socket, theirs] = await connected(world, peer, 'ours')
  if (first === 'ours') {
    socket.shutdown(SHUT_WR)
    await peer.recv(theirs, 1)
    await peer.close(theirs)
    await socket.recv(1)
    await socket.close()
  } else {
    await peer.close(theirs)
    await socket.recv(1)
    await socket.close()
  }
  const states = async () => ({ ours: world.ourStates(), kernel: await world.kernelStates() })
  await until('the connection is over', async () => {
    const { ours, kernel } = await states()
    return (first === 'ours' ? kernel : ours).length === 0
  })
  return states()
}

/** The kernel comes back from the port that we remember in TIME-WAIT (RFC 9293 §3.10.7.4, RFC 6191). */
async function comeBack(world: World) {
  const peer = world.peer()
  const listener = await world.listener(PORT)
  const connecting = peer.connect(PORT)
  const [socket] = await listener.accept()
  const theirs = await connecting
  const local = await peer.port(theirs)
  await socket.close()
  await peer.recv(theirs, 1)
  await peer.close(theirs)
  await until('we wait', () => world.ourStates().includes('TIME-WAIT'))
  await until('the kernel has forgotten', async () => (await world.kernelStates()).length === 0)
  const began = performance.now()
  const again = peer.connect(PORT, 0, local)
  const [second] = await listener.accept()
  const theirs2 = await again
  const seconds = (performance.now() - began) / 1000
  await second.sendall('again')
  return { seconds, text: await peer.recv(theirs2, 100) }
}

/** Connects while the link drops the first segment with certain flags, and tells how long it took. */
async function lostSyn(world: World, from: 'ours' | 'kernel'): Promise<unknown> {
  const peer = world.peer()
  let began: number
  let socket: Socket
  let theirs: number
  let seconds: number
  if (from === 'ours') {
    const listener = await peer.listen(PORT)
    socket = world.socket()
    began = performance.now()
    await socket.connect([world.kernel, PORT])
    seconds = (performance.now() - began) / 1000
    theirs = await peer.accept(listener)
  } else {
    const listener = await world.listener(PORT)
    await peer.ping(0)
    began = performance.now()
    theirs = await peer.connect(PORT)
    seconds = (performance.now() - began) / 1000
    ;[socket] = await listener.accept()
  }
  await socket.sendall('hello')
  return { seconds, lost: world.impaired?.lost, text: await peer.recv(theirs, 100) }
}

/** The kernel pings us, up to the largest there is. */
async function ping(world: World) {
  const peer = world.peer()
  const answers: Record<number, boolean> = {}
  for (const size of [0, 1, 56, 1452, 1453, 1472, 1473, 8000, 65_000]) answers[size] = await peer.ping(size)
  const { reasmFails, reasmOKs, outFragFails } = world.stack.engine.counters.ip
  return { answers, reasmFails, reasmOKs, outFragFails }
}

/** Datagrams come back from a socket of ours. */
async function datagram(world: World) {
  const peer = world.peer()
  const socket = world.stack.socket(world.family, SOCK_DGRAM)
  await socket.bind([world.ours, PORT])
  const answers: Record<number, boolean> = {}
  for (const size of [5, 1472, 1473, 8000, 65_507]) {
    const answer = peer.datagram(PORT, size)
    const [bytes, from] = await socket.recvfrom(70_000)
    await socket.sendto(bytes, from)
    answers[size] = await answer
  }
  return answers
}

/** curl fetches from a small server of ours. */
async function curl(world: World) {
  const { bytes = 10_000_000 } = world.setup
  const body = noise(bytes, 7)
  const listener = await world.listener(80)
  let connections = 0
  const serving = (async () => {
    for (;;) {
      const [socket] = await listener.accept()
      connections++
      void serveHttp(socket, body)
    }
  })()
  serving.catch(() => {})
  const get = async (...args: string[]) => {
    const files = args.filter((arg) => arg.startsWith('http')).flatMap((_, i) => ['-o', `${world.folder}/curl-${i}`])
    await promisify(execFile)('curl', ['-sS', '--fail', '--max-time', '60', ...files, ...args])
    return (
      await promisify(execFile)(
        'sha256sum',
        files.filter((file) => file !== '-o'),
      )
    ).stdout.match(/^\w+/gm)
  }
  const url = `http://${OURS}/body`
  const http10 = await get('-0', url)
  const http11 = await get(url, url, url)
  return { sent: sha256(body), http10, http11, connections }
}

/** HTTP/1.0, and 1.1 with persistent connections (RFC 9112 §9.3). */
async function serveHttp(socket: Socket, body: Uint8Array): Promise<void> {
  const file = socket.makefile('r', { encoding: 'latin1' })
  for (let request = await file.readline(); request !== ''; request = await file.readline()) {
    let close = request.trimEnd().endsWith('HTTP/1.0')
    for (let line = await file.readline(); line.trimEnd() !== ''; line = await file.readline()) {
      if (/^connection: *close/i.test(line)) close = true
    }
    await socket.sendall(
      `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${close ? 'Connection: close\r\n' : ''}\r\n`,
    )
    await socket.sendall(body)
    if (close) break
  }
  await file.close()
  await socket.close()
}

/** We fetch from nginx. */
async function nginx(world: World) {
  const { bytes = 10_000_000 } = world.setup
  const { folder } = world
  const body = noise(bytes, 8)
  writeFileSync(`${folder}/body`, body)
  writeFileSync(`${folder}/nginx.conf`, nginxConf(folder))
  const server = spawn('nginx', ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'], { stdio: 'inherit' })
  try {
    let socket = world.socket()
    await until('nginx listens', async () => {
      const code = await socket.connectEx([KERNEL, 8080])
      if (code !== 0) {
        await socket.close()
        socket = world.socket()
      }
      return code === 0
    })
    await socket.sendall(`GET /body HTTP/1.1\r\nHost: ${KERNEL}\r\nConnection: close\r\n\r\n`)
    const file = socket.makefile('rb')
    const text = new TextDecoder()
    const head = [text.decode(await file.readline()).trimEnd()]
    while (head[head.length - 1] !== '') head.push(text.decode(await file.readline()).trimEnd())
    const received = await file.read()
    await socket.close()
    return { sent: sha256(body), status: head[0], received: sha256(received), bytes: received.length }
  } finally {
    server.kill()
  }
}

const nginxConf = (folder: string) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen ${KERNEL}:8080; root ${folder}; }
}
`

export const SCENARIOS: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  'bulk ours': (world) => bulk(world, 'ours'),
  'bulk kernel': (world) => bulk(world, 'kernel'),
  'info ours': (world) => info(world, 'ours'),
  'info kernel': (world) => info(world, 'kernel'),
  duplex,
  refusal,
  'reset ours': (world) => reset(world, 'ours'),
  'reset kernel': (world) => reset(world, 'kernel'),
  'unread ours': (world) => unreadClose(world, 'ours'),
  'unread kernel': (world) => unreadClose(world, 'kernel'),
  'half close ours': (world) => halfClose(world, 'ours'),
  'half close kernel': (world) => halfClose(world, 'kernel'),
  'zero window ours': (world) => zeroWindow(world, 'ours'),
  'zero window kernel': (world) => zeroWindow(world, 'kernel'),
  'time wait ours': (world) => timeWait(world, 'ours'),
  'time wait kernel': (world) => timeWait(world, 'kernel'),
  'come back': comeBack,
  'lost syn ours': (world) => lostSyn(world, 'ours'),
  'lost syn kernel': (world) => lostSyn(world, 'kernel'),
  ping,
  datagram,
  curl,
  nginx,
  ...device,
}
