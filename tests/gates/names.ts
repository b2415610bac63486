// What no file of the repository may carry: paths of the machine it was written on, and hosts that packages come from.

import { homedir } from 'node:os'
import { ROOT } from './source.ts'

const QUOTE = '(?<=^|[\\s"\'`=(:,;<[])'
/** Folders at the root of a developer's machine. The checkout and home of whoever runs the tests are added to them. */
const FOLDERS = ['/work', '/root', '/tmp/bash_jobs', ...[ROOT, homedir()].map((path) => path.replace(/\/+$/, ''))]
const PATHS = new RegExp(`${QUOTE}(?:${[...new Set(FOLDERS)].filter(Boolean).map(literally).join('|')})/`, 'm')
const HOSTS =
  /\bregistry\.[\w-]+\.[\w.-]+|\b[\w.-]*(?:artifactory|jfrog|verdaccio|npmmirror|pypi|pythonhosted)[\w-]*\.(?:org|com|net|io|dev)\b|\bproxy\.golang\.org\b|\bdeb\.debian\.org\b|^\s*(?:@[\w-]+:)?registry\s*=/im

/** The first machine path or package host on each line of a text, as `path:line: what`. */
export function machineNames(path: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = PATHS.exec(line) ?? HOSTS.exec(line)
    return found ? [`${path}:${index + 1}: ${found[0].trim()}`] : []
  })
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
