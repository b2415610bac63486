// Remote control of peer.py: a socket of the kernel's, one call at a time.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What the kernel answered to a call, by errno's name. */
export class KernelError extends Error {
  readonly code: string

  constructor(call: string, code: string) {
    super(`${call}: ${code}`)
    this.code = code
  }
}

/** What receiving up to the end gave. */
export interface Received {
  readonly bytes: number
  readonly digest: string
  readonly seconds: number
}

interface Call {
  readonly name: string
  resolve(value: never): void
  reject(error: Error): void
}

/** One CPython with sockets of the kernel's. Calls are answered in their order. */
export class Peer {
  readonly #process: ChildProcess
  readonly #waiting: Call[] = []

  /** @param own address, and that of our stack */
  constructor(program: string, own: string, other: string) {
    this.#process = spawn('python3', [program, own, other], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#process
    if (stdout === null) throw new Error('no standard output')
    createInterface(stdout).on('line', (line) => {
      const call = this.#waiting.shift()
      const answer: { value?: never; error?: string } = JSON.parse(line)
      if (answer.error === undefined) call?.resolve(answer.value as never)
      else call?.reject(new KernelError(call.name, answer.error))
    })
    this.#process.on('exit', () => {
      for (const call of this.#waiting) call.reject(new Error(`peer.py ended before it answered ${call.name}`))
    })
  }

  #call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ name, resolve, reject })
      this.#process.stdin?.write(`${JSON.stringify([name, ...args])}\n`)
    })
  }

  /** @param buffer SO_RCVBUF, 0 for the kernel's own choice */
  listen(port: number, buffer = 0): Promise<number> {
    return this.#call('listen', port, buffer)
  }
  accept(listener: number): Promise<number> {
    return this.#call('accept', listener)
  }
  connect(port: number, buffer = 0, local = 0): Promise<number> {
    return this.#call('connect', port, buffer, local)
  }
  port(socket: number): Promise<number> {
    return this.#call('port', socket)
  }
  /** @returns the SHA-256 of what was sent */
  send(socket: number, count: number, seed: number): Promise<string> {
    return this.#call('send', socket, count, seed)
  }
  receive(socket: number): Promise<Received> {
    return this.#call('receive', socket)
  }
  /** Its TCP_INFO, by the fields' names. */
  info(socket: number): Promise<Record<string, number>> {
    return this.#call('info', socket)
  }
  recv(socket: number, size: number): Promise<string> {
    return this.#call('recv', socket, size)
  }
  write(socket: number, text: string): Promise<number> {
    return this.#call('write', socket, text)
  }
  shutdown(socket: number): Promise<void> {
    return this.#call('shutdown', socket)
  }
  close(socket: number): Promise<void> {
    return this.#call('close', socket)
  }
  abort(socket: number): Promise<void> {
    return this.#call('abort', socket)
  }
  /** @returns whether the same comes back */
  datagram(port: number, length: number): Promise<boolean> {
    return this.#call('datagram', port, length)
  }
  ping(length: number): Promise<boolean> {
    return this.#call('ping', length)
  }

  /** The end of its input ends it. */
  end(): void {
    this.#process.stdin?.end()
  }
}
