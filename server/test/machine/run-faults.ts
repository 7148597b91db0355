/**
 * `npm run faults`: breaks what an installation stands on, and prints a table of what became of it. Arguments: `machine`
 * or `cluster` for one of the two kinds, or `soak` for the hour that runs only when it is asked for; other words are parts
 * of names of faults. A cluster needs Linux, root, and the programs of `cluster/install.sh`.
 */
import { cpus } from 'node:os'
import { tryClusterFaults } from '../cluster/faults.ts'
import { tryFaults } from './fault.ts'
import { machineFaults } from './faults.ts'
import { soakFaults } from './soak-faults.ts'

const words = process.argv.slice(2)
const kinds = ['machine', 'cluster', 'soak'].filter((kind) => words.includes(kind))
const names = words.filter((word) => !kinds.includes(word))
const isAsked = (kind: string) => kinds.includes(kind) || (kinds.length === 0 && kind !== 'soak')

const rows = [
  ...(isAsked('machine') ? await tryFaults(machineFaults, names) : []),
  ...(isAsked('soak') ? await tryFaults(soakFaults, names) : []),
  ...(isAsked('cluster') ? await tryClusterFaults(names) : []),
]
if (rows.length === 0) throw new Error(`no fault is called ${names.join(' or ')}`)
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, ${cpus()[0]?.model}\n`)
console.log('| fault | criterion | measured | verdict |\n|---|---|---|---|')
for (const { fault, criterion, measured, ok } of rows)
  console.log(`| ${fault} | ${criterion} | ${measured} | ${ok ? 'holds' : '**does not hold**'} |`)
process.exit(rows.every(({ ok }) => ok) ? 0 : 1)
