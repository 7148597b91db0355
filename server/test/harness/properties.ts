/**
 * The seed and the number of runs of all property tests (fast-check). By default the seed is fixed, so that `npm test`
 * tries the same values each time. `npm run test:properties` tries ten times as many values (`PROPERTY_RUNS`)
 * with a random seed, which a failure prints; `PROPERTY_SEED=…` repeats it.
 */
import { randomInt } from 'node:crypto'
import fc from 'fast-check'

const factor = Number(process.env['PROPERTY_RUNS'] ?? 1)

export const propertySeed = Number(process.env['PROPERTY_SEED'] ?? (factor === 1 ? 2026 : randomInt(2 ** 31)))

/** The number of runs of a property that has this many in `npm test`. */
export const runs = (count: number): number => count * factor

fc.configureGlobal({ seed: propertySeed, numRuns: runs(100) })
