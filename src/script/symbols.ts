// The names that system calls' arguments and results have in scripts, with Linux's numbers.

import { Unsupported } from './config.ts'
import type { Value } from './syntax.ts'

/** What the stack has nothing like (Fast Open, zero copy) isn't among them: scripts that name it are skipped. */
const NUMBERS: Readonly<Record<string, number>> = {
  NULL: 0,
  AF_INET: 2,
  AF_INET6: 10,
  PF_INET: 2,
  PF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: 0x800,
  SOCK_CLOEXEC: 0x80000,
  IPPROTO_IP: 0,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  SOL_SOCKET: 1,
  SOL_IP: 0,
  SOL_TCP: 6,
  SHUT_RD: 0,
  SHUT_WR: 1,
  SHUT_RDWR: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_NONBLOCK: 0x800,
  SIOCINQ: 0x541b,
  FIONREAD: 0x541b,
  SIOCOUTQ: 0x5411,
  TIOCOUTQ: 0x5411,
  SIOCOUTQNSD: 0x894b,
  MSG_OOB: 1,
  MSG_PEEK: 2,
  MSG_DONTWAIT: 0x40,
  MSG_WAITALL: 0x100,
  MSG_NOSIGNAL: 0x4000,
  MSG_MORE: 0x8000,
  MSG_TRUNC: 0x20,
  POLLIN: 1,
  POLLPRI: 2,
  POLLOUT: 4,
  POLLERR: 8,
  POLLHUP: 16,
  POLLNVAL: 32,
  POLLRDNORM: 64,
  POLLWRNORM: 256,
  POLLRDHUP: 0x2000,
  EPOLLIN: 1,
  EPOLLPRI: 2,
  EPOLLOUT: 4,
  EPOLLERR: 8,
  EPOLLHUP: 16,
  EPOLLRDNORM: 64,
  EPOLLWRNORM: 256,
  EPOLLRDHUP: 0x2000,
  EPOLLONESHOT: 0x40000000,
  EPOLLET: 0x80000000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
  SO_REUSEADDR: 2,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_BROADCAST: 6,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_OOBINLINE: 10,
  SO_PRIORITY: 12,
  SO_LINGER: 13,
  SO_REUSEPORT: 15,
  SO_RCVLOWAT: 18,
  SO_SNDLOWAT: 19,
  SO_ACCEPTCONN: 30,
  SO_PROTOCOL: 38,
  SO_DOMAIN: 39,
  SO_MAX_PACING_RATE: 47,
  TCP_NODELAY: 1,
  TCP_MAXSEG: 2,
  TCP_CORK: 3,
  TCP_KEEPIDLE: 4,
  TCP_KEEPINTVL: 5,
  TCP_KEEPCNT: 6,
  TCP_SYNCNT: 7,
  TCP_LINGER2: 8,
  TCP_DEFER_ACCEPT: 9,
  TCP_WINDOW_CLAMP: 10,
  TCP_INFO: 11,
  TCP_QUICKACK: 12,
  TCP_CONGESTION: 13,
  TCP_USER_TIMEOUT: 18,
  TCP_NOTSENT_LOWAT: 25,
  IP_TOS: 1,
  IP_TTL: 2,
  IP_MTU_DISCOVER: 10,
  IP_MTU: 14,
  IP_PMTUDISC_DONT: 0,
  IP_PMTUDISC_DO: 2,
}

/** The number that a value is. @throws Unsupported for a name that isn't known or something that's no number */
export function numberOf(value: Value | undefined): number {
  switch (value?.kind) {
    case 'integer':
      return value.value
    case 'word': {
      const number = NUMBERS[value.text]
      if (number === undefined) throw new Unsupported(value.text)
      return number
    }
    case 'or':
      return Number(BigInt(numberOf(value.left)) | BigInt(numberOf(value.right)))
    case 'list':
      if (value.items.length === 1) return numberOf(value.items[0])
      throw new Unsupported('a list in place of a number')
    default:
      throw new Unsupported(`${value?.kind ?? 'nothing'} in place of a number`)
  }
}

/** What EAGAIN's other name is. */
export function errnoName(name: string): string {
  return name === 'EWOULDBLOCK' ? 'EAGAIN' : name
}
