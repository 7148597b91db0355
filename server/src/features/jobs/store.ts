/** The tables `bulk_jobs` and `bulk_job_users`. */
import type { Insertable } from 'kysely'
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { BulkJobsTable } from '../../database/schema/schema.ts'
import { endOf, type JobRow } from './job.ts'

export type Outcome = { userId: string; code: string | null }

/** A lease on a job and its length from now on. */
type Lease = { id: string; holder: string; seconds: number }

export function createBulkJobStore(database: Database) {
  const { read, dialect } = database
  const insertUsers = inserter(database, 'bulk_job_users')
  return {
    async insert(tx: Tx, row: Insertable<BulkJobsTable>): Promise<void> {
      await tx.insertInto('bulk_jobs').values(row).execute()
    },

    find: (id: string): Promise<JobRow | undefined> =>
      read.selectFrom('bulk_jobs').selectAll().where('id', '=', id).executeTakeFirst(),

    /** Newest first. */
    async list(limit: number, beyond: string | null, newer: boolean): Promise<JobRow[]> {
      let query = read.selectFrom('bulk_jobs').selectAll()
      if (beyond !== null) query = query.where('id', newer ? '>' : '<', beyond)
      const rows = await query
        .orderBy('id', newer ? 'asc' : 'desc')
        .limit(limit)
        .execute()
      return newer ? rows.reverse() : rows
    },

    /** Leases the oldest open job without a lease, until this many seconds from now. */
    async claim(tx: Tx, holder: string, at: string, seconds: number): Promise<JobRow | undefined> {
      const free = await dialect
        .locked(
          tx
            .selectFrom('bulk_jobs')
            .select('id')
            .where('finished_at', 'is', null)
            .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', at)]))
            .orderBy('id')
            .limit(1),
        )
        .executeTakeFirst()
      if (!free) return undefined
      return tx
        .updateTable('bulk_jobs')
        .set((to) => ({
          leased_by: holder,
          leased_until: dialect.instantIn(seconds),
          state: 'running',
          started_at: to.fn.coalesce('started_at', to.val(at)),
        }))
        .where('id', '=', free.id)
        .where('finished_at', 'is', null)
        .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', at)]))
        .returningAll()
        .executeTakeFirst()
    },

    /** Changes the job if it is open and the holder still has the lease, and renews the lease. @returns whether it did */
    async update(tx: Tx, { id, holder, seconds }: Lease, changes: Partial<JobRow>): Promise<boolean> {
      const row = await tx
        .updateTable('bulk_jobs')
        .set({ leased_until: dialect.instantIn(seconds), ...changes })
        .where('id', '=', id)
        .where('leased_by', '=', holder)
        .where('finished_at', 'is', null)
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },

    /** Ends an open job, even if another replica works on it. @returns whether it was open */
    async cancel(tx: Tx, row: JobRow): Promise<boolean> {
      const cancelled = await tx
        .updateTable('bulk_jobs')
        .set(endOf(row, 'cancelled'))
        .where('id', '=', row.id)
        .where('finished_at', 'is', null)
        .returning('id')
        .executeTakeFirst()
      return cancelled !== undefined
    },

    /** Stores the users that the job is about to change. Existing rows stay unchanged. */
    async addPending(tx: Tx, jobId: string, userIds: readonly string[]): Promise<void> {
      if (userIds.length === 0) return
      const known = await tx
        .selectFrom('bulk_job_users')
        .select('user_id')
        .where('job_id', '=', jobId)
        .where((at) => dialect.amongTexts(at.ref('user_id'), userIds))
        .execute()
      const had = new Set(known.map(({ user_id }) => user_id))
      await insertUsers(
        tx,
        userIds
          .filter((id) => !had.has(id))
          .map((user_id) => ({ job_id: jobId, user_id, outcome: 'pending', code: null })),
      )
    },

    /** The users of a job with this outcome, in the order of their ids. */
    async listUsers(jobId: string, outcome: string, after: string, limit: number): Promise<Outcome[]> {
      const rows = await read
        .selectFrom('bulk_job_users')
        .select(['user_id', 'code'])
        .where('job_id', '=', jobId)
        .where('outcome', '=', outcome)
        .where('user_id', '>', after)
        .orderBy('user_id')
        .limit(limit)
        .execute()
      return rows.map(({ user_id, code }) => ({ userId: user_id, code }))
    },

    /** Writes the outcome for these users, which were stored before. */
    async settle(tx: Tx, jobId: string, outcomes: readonly Outcome[]): Promise<void> {
      const byCode = Map.groupBy(outcomes, ({ code }) => code)
      for (const [code, some] of byCode)
        await tx
          .updateTable('bulk_job_users')
          .set({ outcome: code === null ? 'changed' : 'failed', code })
          .where('job_id', '=', jobId)
          .where((at) =>
            dialect.amongTexts(
              at.ref('user_id'),
              some.map(({ userId }) => userId),
            ),
          )
          .execute()
    },

    /** Deletes some rows of jobs that finished before `instant`. @returns the number of rows */
    async deleteOld(tx: Tx, instant: string, limit: number): Promise<number> {
      const old = await tx
        .selectFrom('bulk_jobs')
        .select('id')
        .where('finished_at', '<', instant)
        .orderBy('finished_at')
        .limit(1)
        .executeTakeFirst()
      if (!old) return 0
      const some = tx.selectFrom('bulk_job_users').select('user_id').where('job_id', '=', old.id).limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('bulk_job_users')
        .where('job_id', '=', old.id)
        .where('user_id', 'in', some)
        .executeTakeFirst()
      if (Number(numDeletedRows) < limit) await tx.deleteFrom('bulk_jobs').where('id', '=', old.id).execute()
      return Number(numDeletedRows) + 1
    },
  }
}

export type BulkJobStore = ReturnType<typeof createBulkJobStore>
