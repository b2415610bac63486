// SO_LINGER with a time, on our own stack: how long close() waits for a connection's end.

import { CLOSED } from '../tcp/state.ts'
import type { Tcb } from '../tcp/tcb.ts'
import { tcpAbort } from '../tcp/user.ts'
import type { Endpoint } from './endpoint.ts'
import type { StackHost } from './stack-host.ts'

/** Waits until the peer has everything, no longer than `seconds`, then resets. */
export function untilDelivered(host: StackHost, endpoint: Endpoint, tcb: Tcb, seconds: number): Promise<void> {
  const { clock } = host
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      tcb.user = undefined
      host.hold(endpoint, false)
      resolve()
    }
    host.hold(endpoint, true)
    tcb.user = { onready: () => (isDelivered(tcb) ? end() : undefined) }
    const cancel = clock.wakeAt(clock.now() + seconds * 1000, () => {
      host.enter()
      tcpAbort(tcb)
      host.leave()
      end()
    })
    tcb.user.onready()
  })
}

/** Whether the peer has acknowledged all that was sent, our FIN included, or never will. */
function isDelivered(tcb: Tcb): boolean {
  return tcb.state === CLOSED || tcb.sndUna > tcb.sndEnd
}
