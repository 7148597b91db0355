import type { Dialect, Tx } from '../dialect.ts'

/** A released migration never changes. `up` runs in a transaction of its own. */
export type Migration = {
  name: string
  /** For a million users, measured with `bench/upgrade.ts`; left out where the work does not depend on the users. */
  secondsPerMillion?: number
  up(tx: Tx, dialect: Dialect): Promise<void>
}
