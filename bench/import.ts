/** Claim: importing 100,000 users runs at 10,000 users/s or more on SQLite, in less than 250 MB. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from './load.ts'

const count = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'roster-bench-'))
const { seconds, perSecond, peakMegabytes } = await load(
  process.env['DATABASE_URL'] ?? `sqlite:${folder}/roster.db`,
  count,
)
console.log(
  `${count} users in ${seconds.toFixed(1)} s, start included: ${perSecond.toFixed(0)} users/s, peak RSS ${peakMegabytes.toFixed(0)} MB (claim: 10,000 users/s on SQLite, 250 MB)`,
)
rmSync(folder, { recursive: true })
