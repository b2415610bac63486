import { hostNetwork, MSG_OOB, MSG_PEEK, type Network, SO_OOBINLINE, SOCK_DGRAM, SOL_SOCKET, type Socket } from 'seqack'
import { describe, expect, test } from 'vitest'
import { Stack } from './stack.ts'

async function connected(network: Network): Promise<[near: Socket, far: Socket]> {
  const listener = await network.createServer(['127.0.0.1', 0])
  const near = await network.createConnection(listener.getsockname())
  const [far] = await listener.accept()
  await listener.close()
  return [near, far]
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('urgent data on our own stack (RFC 6093)', () => {
  test('the urgent byte is given to MSG_OOB, the stream goes on around it', async () => {
    const [near, far] = await connected(new Stack())
    let heard = 0
    far.onurgent = () => heard++
    expect(await near.send('abc', { flags: MSG_OOB })).toBe(3)
    await near.sendall('def')
    expect(text(await far.recv(100))).toBe('ab')
    expect(heard).toBe(1)
    expect(far.sockatmark()).toBe(true)
    expect(text(await far.recv(10, { flags: MSG_OOB | MSG_PEEK }))).toBe('c')
    expect(text(await far.recv(10, { flags: MSG_OOB }))).toBe('c')
    await expect(far.recv(10, { flags: MSG_OOB })).rejects.toMatchObject({ code: 'EINVAL' })
    expect(text(await far.recvExactly(3))).toBe('def')
    expect(far.sockatmark()).toBe(false)
    await near.close()
    await far.close()
  })

  test('with SO_OOBINLINE it is part of the stream, which stops before it once', async () => {
    const [near, far] = await connected(new Stack())
    far.setsockopt(SOL_SOCKET, SO_OOBINLINE, true)
    expect(far.getsockopt(SOL_SOCKET, SO_OOBINLINE)).toBe(1)
    await near.sendall('abc', { flags: MSG_OOB })
    await near.sendall('def')
    expect(text(await far.recv(100))).toBe('ab')
    expect(far.sockatmark()).toBe(true)
    expect(text(await far.recv(100))).toBe('cdef')
    const buffer = new Uint8Array(4)
    await expect(far.recvInto(buffer, { flags: MSG_OOB })).rejects.toMatchObject({ code: 'EINVAL' })
    await near.close()
    await far.close()
  })

  test('needs a connection, and no other flags', async () => {
    const stack = new Stack()
    await using idle = stack.socket()
    await expect(idle.recv(1, { flags: MSG_OOB })).rejects.toMatchObject({ code: 'ENOTCONN' })
    await expect(idle.send('a', { flags: MSG_OOB })).rejects.toMatchObject({ code: 'EPIPE' })
    await expect(idle.send('a', { flags: 4 })).rejects.toBeInstanceOf(RangeError)
    expect(idle.sockatmark()).toBe(false)
    await using datagrams = stack.socket(undefined, SOCK_DGRAM)
    await expect(datagrams.recv(1, { flags: MSG_OOB })).rejects.toMatchObject({ code: 'EOPNOTSUPP' })
  })
})

test('the operating system’s network has no way to urgent data: EOPNOTSUPP, ENOPROTOOPT', async () => {
  const [near, far] = await connected(hostNetwork)
  await expect(near.send('a', { flags: MSG_OOB })).rejects.toMatchObject({ code: 'EOPNOTSUPP' })
  await expect(near.recv(1, { flags: MSG_OOB })).rejects.toMatchObject({ code: 'EOPNOTSUPP' })
  expect(() => near.sockatmark()).toThrow(expect.objectContaining({ code: 'EOPNOTSUPP' }))
  expect(() => near.setsockopt(SOL_SOCKET, SO_OOBINLINE, 1)).toThrow(expect.objectContaining({ code: 'ENOPROTOOPT' }))
  await near.close()
  await far.close()
})
