/** `roster doctor --deep`: checks the invariants of all rows in one consistent state, while the service runs. */
import type { Config } from '../../config.ts'
import { withSnapshot } from '../../database/copy/snapshot.ts'
import type { Database } from '../../database/database.ts'
import { checkInvariants } from '../../database/invariants.ts'
import { databaseOptions } from '../../database/open.ts'
import { searchGrams } from '../../features/users/list/search-grams.ts'

export type Finding = { check: string; ok: boolean; detail: string }

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
