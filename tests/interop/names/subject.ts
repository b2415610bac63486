// Makes the calls of a JSON file with this package on the operating system's network, and prints the answers as JSON: what
// oracle.py does with CPython.

import { readFileSync } from 'node:fs'
import { answer } from './answer.ts'
import type { Answer, Call } from './cases.ts'

const calls: Call[] = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'))
const answers: Answer[] = []
for (const call of calls) answers.push(await answer(call))
console.log(JSON.stringify(answers))
