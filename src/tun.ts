// `seqack/tun`: Linux TUN for Node.

export { openTun, type Tun, TunError, type TunOptions } from './link/tun.ts'
