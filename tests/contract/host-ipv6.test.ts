// The operating system's network keeps the contract over IPv6. A file of its own, to run beside the one over IPv4.

import { AF_INET6 } from 'seqack'
import { describe } from 'vitest'
import { needs } from '../support/require.ts'
import { contract } from './contract.ts'
import { hostBench } from './host.ts'

const ipv6 = needs('ipv6')

describe.skipIf(ipv6.skip)(ipv6.title('the operating system’s network, IPv6'), () => {
  contract(hostBench(AF_INET6, '::1'))
})
