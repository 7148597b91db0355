/** `roster doctor --deep`: what must be true of the rows, checked in one consistent state while the service runs. */
import type { Config } from '../config.ts'
import { withSnapshot } from '../database/copy/snapshot.ts'
import { type Database, databaseOptions } from '../database/database.ts'
import { checkInvariants } from '../database/invariants.ts'
import { searchGrams } from '../features/users/list/search-grams.ts'
import type { Finding } from './doctor.ts'

export async function deepFindings(config: Config, { dialect }: Database): Promise<Finding[]> {
  const found = await withSnapshot(databaseOptions(config), false, (reader) =>
    checkInvariants(reader, dialect, searchGrams),
  )
  return found.map(({ name, violation }) => ({
    check: name,
    ok: violation === null,
    detail: violation ?? 'hold',
  }))
}
