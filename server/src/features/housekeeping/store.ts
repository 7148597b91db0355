import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { JobsTable } from '../../database/schema/schema.ts'

export type JobRow = Selectable<JobsTable>

export function createJobStore({ read }: Database) {
  return {
    async list(): Promise<JobRow[]> {
      return read.selectFrom('jobs').selectAll().execute()
    },

    /**
     * Leases the job until `until`, unless a replica has the lease or has finished the job since `finishedBefore`.
     * @returns whether this replica has the lease
     */
    async claim(
      tx: Tx,
      name: string,
      holder: string,
      { at, until, finishedBefore }: { at: string; until: string; finishedBefore: string },
    ): Promise<boolean> {
      await tx
        .insertInto('jobs')
        .values({ name, leased_by: null, leased_until: null, finished_at: null })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      const row = await tx
        .updateTable('jobs')
        .set({ leased_by: holder, leased_until: until })
        .where('name', '=', name)
        .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', at)]))
        .where((where) =>
          where.or([where('finished_at', 'is', null), where('finished_at', '<=', finishedBefore)]),
        )
        .returning('name')
        .executeTakeFirst()
      return row !== undefined
    },

    /** Changes the job if the holder still has the lease. @returns whether it did */
    async update(
      tx: Tx,
      name: string,
      holder: string,
      changes: Partial<Omit<JobRow, 'name'>>,
    ): Promise<boolean> {
      const row = await tx
        .updateTable('jobs')
        .set(changes)
        .where('name', '=', name)
        .where('leased_by', '=', holder)
        .returning('name')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}
