import type { Dialect, Tx } from '../dialect.ts'

/** A released migration never changes. `up` runs in a transaction of its own. */
export type Migration = { name: string; up(tx: Tx, dialect: Dialect): Promise<void> }
