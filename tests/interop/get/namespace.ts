// Commands in namespaces of their own, where names are what the test says and no query can leave (namespace.sh).

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, run } from '../../support/programs.ts'
import { which } from '../../support/require.ts'

const FILES = {
  'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
  hosts: '127.0.0.1 localhost\n',
  'nsswitch.conf': 'hosts: files dns\n',
}

const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
const SCRIPT = fileURLToPath(new URL('namespace.sh', import.meta.url))

/** Runs a command there, to its end. four.seqack.test is 192.0.2.10, localhost 127.0.0.1, and nobody else is known. */
export async function runIsolated(command: string, args: readonly string[]): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'seqack-get-'))
  try {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
    return await run('unshare', [...UNSHARE, 'sh', SCRIPT, folder, which('dnsmasq') as string, command, ...args])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
