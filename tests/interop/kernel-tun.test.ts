// The TUN device itself: how it is had, what becomes of it, and what it costs. What passes it is kernel.test.ts's.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../support/require.ts'
import { type Bench, makeBench } from './kernel/bench.ts'

const on = needs('linux', 'root', 'netns', 'tun', 'ip', 'python3')
describe.skipIf(on.skip)(on.title('a TUN device'), () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await makeBench(60_000)
  })
  afterAll(() => bench?.remove())

  test('that can’t be had says why, and leaves nothing', async () => {
    expect(await bench.run('refusals')).toEqual({
      inUse: 'TunError EBUSY openTun tun0: the device is in use (EBUSY)',
      noTun: 'TunError EINVAL openTun lo: a device of that name is no TUN device (EINVAL)',
      nobody: "TunError EACCES openTun tun1: /dev/net/tun can't be opened (EACCES): root can",
      noRight: 'TunError EPERM openTun tun1: not permitted: it takes CAP_NET_ADMIN (EPERM)',
      noDevice: 'TunError ENOENT openTun tun1: /dev/net/tun is missing: the kernel has no TUN',
      noKoffi: 'TunError ERR_KOFFI openTun tun1: it needs the package koffi 3 (npm install koffi)',
      devices: ['lo', 'tun0'],
    })
  })

  test('has the name that the kernel chose, goes when it’s closed, and can be had again', async () => {
    const names = ['dev0', 'dev1']
    const [during, after] = [
      ['lo', 'tun0', ...names],
      ['lo', 'tun0'],
    ]
    const closed = { closed: true, receives: false, taken: 0 }
    expect(await bench.run('lives')).toEqual({ names, during, after, mtu: 9000, ...closed })
  })

  test('loses a packet that is larger than our MTU, counts it, and goes on', async () => {
    expect(await bench.run('tooLarge')).toEqual({ large: 'TimeoutError', small: true, tooLarge: 1 })
  })

  test('that is down takes nothing, which is counted; up again it’s as before', async () => {
    const counts = { sent: 0, dropped: 1 }
    const facts = { first: true, connect: 'ETIMEDOUT', counts, again: true, taken: 0 }
    expect(await bench.run('down')).toEqual(facts)
  })

  test('that is deleted is closed', async () => {
    expect(await bench.run('deleted')).toEqual({ first: true, connect: 'ETIMEDOUT', taken: 0 })
  })

  test('whose packets nobody fetches costs no time: told twice, then only when they were fetched', async () => {
    const facts = await bench.run<{ cpuMs: number }>('idle')
    expect(facts).toMatchObject({ unfetched: 1, told: 2, toldLater: true })
    expect(facts.cpuMs).toBeLessThan(100)
  })

  test('does not keep the process alive', async () => {
    expect(await bench.run('unreferenced')).toBe('ended by itself')
  })
})
