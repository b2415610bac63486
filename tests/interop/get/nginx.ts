// Debian's nginx with a configuration of its own, in a temporary folder and on a free port of the loopback.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'seqack'
import { Program } from '../../support/programs.ts'
import { which } from '../../support/require.ts'

export interface Nginx {
  readonly port: number
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts it. @param files what it serves, by name */
export async function startNginx(files: Readonly<Record<string, Uint8Array>>): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'seqack-nginx-'))
  mkdirSync(join(folder, 'root'))
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, 'root', name), bytes)
  const port = await freePort()
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port))
  const program = new Program(which('nginx') as string, ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
  // The last of what it says before it serves. Its socket has been listening for a while then.
  await program.says(/OS: /)
  return {
    port,
    async [Symbol.asyncDispose]() {
      program.kill('SIGTERM')
      await program.ended
      rmSync(folder, { recursive: true })
    },
  }
}

/** One process in the foreground, which writes nowhere but into its folder. */
function configuration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    error_log stderr notice;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n      ')}
      server {
        listen 127.0.0.1:${port};
        root ${folder}/root;
      }
    }`
}

/** nginx can not be asked for a port that is free, so this one was a moment ago. */
async function freePort(): Promise<number> {
  const listener = await createServer(['127.0.0.1', 0])
  const [, port] = listener.getsockname()
  await listener.close()
  return port
}
