// What needs no device. The device itself: tests/interop/kernel-tun.test.ts.

import { expect, test } from 'vitest'
import { openTun } from './tun.ts'

test.each(['', 'a name', 'tun/0', 'sixteen-bytes-xx', 'tün0', 'tun0\0'])('%j is no device’s name', (name) => {
  expect(() => openTun(name)).toThrow(TypeError)
})

test.each([0, 67, 65536, 1500.5, Number.NaN])('%d is no MTU', (mtu) => {
  expect(() => openTun('tun0', { mtu })).toThrow(RangeError)
})
