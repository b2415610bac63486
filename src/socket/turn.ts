// A later turn of the event loop: after what waits now, timers and input included. A message to ourselves, which
// comes sooner than a timer of 0 ms, and in every runtime. But a process of Deno's never ends once a port of its own has
// received, referenced or not: there it is setImmediate, which keeps the process alive for that turn.

interface Unreferenced {
  unref?: () => void
}

declare const setImmediate: (fn: () => void) => unknown
declare const Deno: object | undefined

/** Calls `fn` in a later turn of the event loop. It doesn't keep the process alive until then. */
export const laterTurn: (fn: () => void) => void =
  typeof Deno === 'object' ? (fn) => void setImmediate(fn) : turnMaker()

function turnMaker(): (fn: () => void) => void {
  const waiting: (() => void)[] = []
  let post: (() => void) | undefined
  return (fn) => {
    waiting.push(fn)
    post ??= openChannel(() => waiting.shift()?.())
    post()
  }
}

function openChannel(arrived: () => void): () => void {
  const { port1, port2 } = new MessageChannel()
  port1.addEventListener('message', arrived)
  port1.start()
  for (const port of [port1, port2]) (port as Unreferenced).unref?.()
  return () => port2.postMessage(undefined)
}
