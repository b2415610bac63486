import { AF_INET, GaiError, HostError, SO_LINGER, SOL_SOCKET } from 'seqack'
import { describe, expect, test } from 'vitest'
import { pipe } from '../link/pipe.ts'
import { Stack } from './stack.ts'

describe('a stack', () => {
  test('finds the names it was told, in any case, and no others', async () => {
    const stack = new Stack({ hosts: { Server: ['fd00::1', '10.0.0.2'] }, hostname: 'here' })
    expect(await stack.gethostbyname('server')).toBe('10.0.0.2')
    expect(await stack.gethostbyname('SERVER.')).toBe('10.0.0.2')
    expect(await stack.gethostbyname('localhost')).toBe('127.0.0.1')
    expect(await stack.gethostbyaddr('10.0.0.2')).toEqual(['Server', [], ['10.0.0.2']])
    expect(await stack.gethostbyaddr('127.0.0.1')).toEqual(['localhost', [], ['127.0.0.1']])
    expect(stack.gethostname()).toBe('here')
    for (const name of ['nobody', 'constructor', 'tostring']) {
      await expect(stack.gethostbyname(name)).rejects.toBeInstanceOf(GaiError)
    }
    await expect(stack.gethostbyaddr('10.9.9.9')).rejects.toBeInstanceOf(HostError)
  })

  test('has the timers of its profile, but for those it was told', () => {
    const { settings } = new Stack({ profile: 'linux', tcp: { rtoMaxMs: 30_000 } }).engine.tcp
    expect([settings.rtoMinMs, settings.rtoMaxMs, settings.maxSynRetransmissions]).toEqual([200, 30_000, 6])
    expect(new Stack().engine.tcp.settings.rtoMinMs).toBe(1000)
    expect(() => new Stack({ profile: 'bsd' as never })).toThrow(RangeError)
  })

  test('has no address of a link that was not attached', async () => {
    const stack = new Stack()
    await using socket = stack.socket(AF_INET)
    await expect(socket.bind(['10.0.0.1', 0])).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    await expect(socket.connect(['10.0.0.2', 80])).rejects.toMatchObject({ code: 'ENETUNREACH' })
    const [near] = pipe()
    expect(() => stack.attach(near, { addresses: ['10.0.0.1/240'] })).toThrow(TypeError)
    expect(stack.attach(near, { addresses: ['10.0.0.1/24'] }).name).toBe('eth0')
    await socket.bind(['10.0.0.1', 0])
  })
})

describe('the names of a stack', () => {
  test('come from the text of a hosts file and of a resolv.conf too', async () => {
    const hosts = '10.0.0.2 server.example server # ours\n::1 localhost\n'
    const stack = new Stack({ hosts, dns: 'search example\n' })
    expect(await stack.gethostbynameEx('SERVER')).toEqual(['server.example', ['server'], ['10.0.0.2']])
    expect(await stack.gethostbyaddr('10.0.0.2')).toEqual(['server.example', ['server'], ['10.0.0.2']])
    expect(await stack.getfqdn('server')).toBe('server.example')
    expect(await stack.gethostbyname('localhost')).toBe('127.0.0.1')
    await expect(stack.gethostbyname('other')).rejects.toMatchObject({ code: 'EAI_NONAME' })
  })

  test('are refused at once where the options are wrong, and then nothing has changed', async () => {
    expect(() => new Stack({ dns: { servers: ['ns.example'] } })).toThrow(TypeError)
    expect(() => new Stack({ dns: { servers: [], ndots: -1 } })).toThrow(RangeError)
    expect(() => new Stack({ hosts: { a: ['nowhere'] } })).toThrow(TypeError)
    const stack = new Stack({ hosts: { a: ['10.0.0.1'] } })
    expect(() => stack.setDns({ servers: ['10.0.0.1:0'] })).toThrow(TypeError)
    expect(await stack.gethostbyname('a')).toBe('10.0.0.1')
  })

  test('that no server is there to be asked for are EAI_AGAIN at once: there is no way to it', async () => {
    const stack = new Stack({ dns: { servers: ['10.9.9.9', 'fd00::9'] } })
    await expect(stack.gethostbyname('a.example')).rejects.toMatchObject({ code: 'EAI_AGAIN', errno: -3 })
    await expect(stack.gethostbyaddr('10.0.0.7')).rejects.toMatchObject({ code: 'TRY_AGAIN', errno: 2 })
  })
})

test('close says that bytes were lost, if nobody has heard of it', async () => {
  const stack = new Stack()
  await using listener = await stack.createServer(['127.0.0.1', 0])
  const near = await stack.createConnection(listener.getsockname())
  const [far] = await listener.accept()
  // More than the peer's buffer takes: some are on their way when it resets.
  await near.send(new Uint8Array(2_000_000), { timeout: 1 })
  far.setsockopt(SOL_SOCKET, SO_LINGER, new Uint8Array(new Int32Array([1, 0]).buffer))
  await far.close()
  await new Promise((resolve) => setImmediate(resolve))
  await expect(near.close()).rejects.toMatchObject({ code: 'ECONNRESET', syscall: 'close' })
  expect(near.closed).toBe(true)
})
