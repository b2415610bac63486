// Opens, uses and closes sockets, so many at a time, and prints what is left.
// `node --expose-gc leftovers.mjs KIND TOTAL host|stack|world`
import { getEventListeners, setMaxListeners } from 'node:events'
import { readdirSync } from 'node:fs'
import { AF_INET, hostNetwork, SOCK_DGRAM } from '../../../dist/index.js'
import { World } from '../../../dist/sim.js'
import { Stack } from '../../../dist/stack.js'

const [, , kind, totalText, where = 'host'] = process.argv
const total = Number(totalText)
const AT_A_TIME = 1000
const warnings = []
process.on('warning', (warning) => warnings.push(warning.name))
// One signal for all: Node warns of a leak at the eleventh listener, unless it's told.
const forever = new AbortController().signal
setMaxListeners(0, forever)

const world = new World({ seed: 1 })
const networks = {
  host: hostNetwork,
  // TIME-WAIT lasts a fifth of a second, so that its end is seen.
  stack: new Stack({ tcp: { mslMs: 100 } }),
  world: world.host('one'),
}
const net = networks[where]
const socket = (family, type) => net.socket(family, type)
const createServer = (address, options) => net.createServer(address, options)
const createConnection = (address) => net.createConnection(address)

/** Runs a round where it belongs: in a simulated world, as a task. */
async function round(count) {
  if (where !== 'world') return kinds[kind](count)
  const task = net.spawn(() => kinds[kind](count))
  await world.run()
  return task
}

/** Connections and bound sockets that our own stack still has, once TIME-WAIT is over. */
async function inStack() {
  if (where === 'host') return 0
  if (where === 'world') {
    net.spawn(() => world.sleep(600))
    await world.run()
    return net.info().connections.length
  }
  const { engine } = net
  const count = () => [...engine.tcp.table.connections()].length + engine.udp.ports.size
  for (let turn = 0; count() > 0 && turn < 1000; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
  return count()
}

const kinds = {
  async connections(count) {
    const listener = await createServer(['127.0.0.1', 0], { backlog: count })
    const at = listener.getsockname()
    const clients = Array.from({ length: count }, () => createConnection(at))
    const servers = Array.from({ length: count }, async () => (await listener.accept({ signal: forever }))[0])
    const answering = servers.map(async (accepting) => {
      const peer = await accepting
      await peer.sendall(await peer.recv(16, { signal: forever, timeout: 60 }))
      await peer.close()
    })
    const asking = clients.map(async (connecting, i) => {
      const s = await connecting
      await s.sendall(`n${i}`)
      const file = s.makefile('rb')
      const answer = new TextDecoder().decode(await file.read())
      if (answer !== `n${i}`) throw new Error(`connection ${i} got another's answer: ${answer}`)
      await file.close()
      await s.close()
    })
    await Promise.all([...answering, ...asking])
    await listener.close()
  },
  async refused(count) {
    const listener = await createServer(['127.0.0.1', 0])
    const at = listener.getsockname()
    await listener.close()
    await Promise.all(
      Array.from({ length: count }, async () => {
        const s = socket()
        const code = await s.connectEx(at, { signal: forever, timeout: 60 })
        if (code !== 111) throw new Error(`connectEx returned ${code}`)
        await s.close()
      }),
    )
  },
  async datagrams(count) {
    await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const [a, b] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)]
        await b.bind(['127.0.0.1', 0])
        await a.sendto(`n${i}`, b.getsockname())
        await b.recvfrom(16, { signal: forever, timeout: 60 })
        await Promise.all([a.close(), b.close()])
      }),
    )
  },
  async 'given-up waits'(count) {
    const listener = await createServer(['127.0.0.1', 0])
    const s = await createConnection(listener.getsockname())
    const [peer] = await listener.accept()
    const waits = []
    for (let i = 0; i < count; i++) {
      const abort = new AbortController()
      waits.push(s.recv(1, { signal: AbortSignal.any([abort.signal, forever]), timeout: 60 }).catch(() => {}))
      waits.push(listener.accept({ signal: abort.signal, timeout: 60 }).catch(() => {}))
      abort.abort()
    }
    await Promise.all(waits)
    await peer.sendall('x')
    if ((await s.recv(1)).length !== 1) throw new Error('a byte was lost')
    await Promise.all([s.close(), peer.close(), listener.close()])
  },
}

/** What the process holds, once the event loop has let go of what is closing. */
async function held() {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  const connections = await inStack()
  globalThis.gc()
  return {
    connections,
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo().length,
    listeners: getEventListeners(forever, 'abort').length,
    heap: process.memoryUsage().heapUsed,
  }
}

// One round first: what is made once, for all sockets, isn't left behind.
await round(Math.min(AT_A_TIME, total))
const before = await held()
for (let done = 0; done < total; done += AT_A_TIME) await round(Math.min(AT_A_TIME, total - done))
const after = await held()
console.log(JSON.stringify({ before, after, warnings }))
process.exit()
