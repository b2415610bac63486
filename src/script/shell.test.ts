import { describe, expect, test } from 'vitest'
import { Unsupported } from './config.ts'
import { readShell } from './shell.ts'
import { readSysctl } from './sysctl.ts'

const none = () => undefined

describe('shell lines', () => {
  test('that set something are read, in files too', () => {
    const file =
      '#!/bin/bash\n# Defaults.\nsysctl -q net.ipv4.tcp_rmem="4096 540000 $((15*1024*1024))" > /dev/null 2>&1\n'
    expect(
      readShell('../common/defaults.sh\nsysctl -q net.ipv4.tcp_sack=0 # none', (path) =>
        path === '../common/defaults.sh' ? file : undefined,
      ),
    ).toEqual([
      { kind: 'set', name: 'net.ipv4.tcp_rmem', value: '4096 540000 15728640' },
      { kind: 'set', name: 'net.ipv4.tcp_sack', value: '0' },
    ])
    expect(
      readShell('./set_sysctls.py /proc/sys/net/ipv4/tcp_sack=1 \\\n /proc/sys/net/ipv4/tcp_timestamps=0', none),
    ).toHaveLength(2)
  })

  test('that look at something are read for what they look for', () => {
    expect(readShell('sockstat -4 -P tcp -s | grep packetdrill | grep -c TIME_WAIT | grep 1', none)).toMatchObject([
      { kind: 'count', state: 'TIME-WAIT', count: 1 },
    ])
    expect(readShell('tcpdrop -s TIME_WAIT', none)).toEqual([{ kind: 'drop', state: 'TIME-WAIT' }])
    expect(readShell('grep " 0A " /proc/net/tcp /proc/net/tcp6 | grep ":1F90"', none)).toMatchObject([
      { kind: 'listens', port: 8080 },
    ])
    expect(readShell('nstat | grep TcpExtOutOfWindowIcmps > /dev/null', none)).toMatchObject([
      { counter: 'icmp.noSuchFlow' },
    ])
  })

  test('that only tidy up do nothing', () => {
    expect(
      readShell('/tmp/sysctl_restore_1.sh; nstat > /dev/null; ip tcp_metrics flush all > /dev/null 2>&1', none),
    ).toEqual([])
    expect(readShell('tc qdisc add dev tun0 root pfifo\nethtool -K tun0 tso off gso off', none)).toEqual([])
  })

  test.each([
    'rm -rf /',
    'missing.sh',
    'tc qdisc replace dev tun0 root netem loss 5%',
    'echo 1 > /sys/module/tcp_cubic/parameters/hystart_detect',
    'ip route change default',
    'sockstat -4',
    'sysctl net.ipv4.tcp_sack',
    'nstat | grep Other',
    'tcpdrop -s ODD',
    'ethtool -K tun0 rx off',
  ])('%s is refused by name', (line) => {
    expect(() => readShell(line, none)).toThrow(new Unsupported(line))
  })

  test('that call themselves end', () => {
    expect(() => readShell('loop.sh', () => 'loop.sh')).toThrow(Unsupported)
  })
})

describe('settings', () => {
  test.each([
    ['net.ipv4.tcp_timestamps', '0', { timestamps: false }],
    ['/proc/sys/net/ipv4/tcp_sack', '1', { sack: true }],
    ['net.ipv4.tcp_syn_retries', '5', { maxSynRetransmissions: 5 }],
    ['net.inet.tcp.recvspace', '65536', { receiveBuffer: 65536 }],
    ['kern.ipc.maxsockbuf', '2097152', { windowScale: 6 }],
    ['net.inet.tcp.rfc1323', '0', { timestamps: false, windowScale: 0 }],
    ['net.ipv4.tcp_dsack', '1', {}],
  ])('%s=%s', (name, value, settings) => {
    expect(readSysctl(name, value)).toEqual(settings)
  })

  test('a buffer may be so large that a shift of 8 is needed to tell of it', () => {
    expect(readSysctl('net.ipv4.tcp_rmem', '4096 540000 15728640')).toMatchObject({
      receiveBuffer: 270_000,
      windowScale: 8,
    })
  })

  test.each([
    ['net.ipv4.tcp_dsack', '0'],
    ['net.ipv4.tcp_something', '1'],
    ['net.inet.tcp.blackhole', '2'],
    ['net.ipv4.tcp_rmem', '1'],
  ])('%s=%s is refused by name', (name, value) => {
    expect(() => readSysctl(name, value)).toThrow(new Unsupported(`${name}=${value}`))
  })
})
