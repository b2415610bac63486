// One contender of one row in a process of its own, so that nobody runs on code that was compiled for another:
// `node contender.js ROW CONTENDER SECONDS` prints one JSON `Measured`.

import { ROWS } from './rows.ts'

const [, , rowName, name, seconds] = process.argv
const program = ROWS.find((row) => row.name === rowName)?.programs[name ?? '']
if (program === undefined) throw new RangeError(`no contender ${name} in row ${rowName}`)
const measured = await program(Number(seconds))
process.stdout.write(JSON.stringify(measured), () => process.exit())
