import { sql } from 'kysely'
import type { Migration } from './migration.ts'
import { tableMaker } from './table.ts'

export const bulkJobs: Migration = {
  name: '0024-bulk-jobs',
  async up(tx, dialect) {
    const { table, text, integer, instant } = tableMaker(tx, dialect)
    await table('bulk_jobs')
      .addColumn('id', ...text())
      .addColumn('kind', ...text())
      .addColumn('selection', ...text())
      .addColumn('role', ...text('null'))
      .addColumn('undo_of', ...text('null'))
      .addColumn('caller', ...text())
      .addColumn('state', ...text())
      .addColumn('reason', ...text('null'))
      .addColumn('total', ...integer())
      .addColumn('changed', ...integer())
      .addColumn('unchanged', ...integer())
      .addColumn('failed', ...integer())
      .addColumn('position', ...text('null'))
      .addColumn('created_at', ...instant())
      .addColumn('started_at', ...instant('null'))
      .addColumn('finished_at', ...instant('null'))
      .addColumn('leased_by', ...text('null'))
      .addColumn('leased_until', ...instant('null'))
      .addPrimaryKeyConstraint('bulk_jobs_id', ['id'])
      .execute()
    await sql`create index bulk_jobs_open on bulk_jobs (id) where finished_at is null`.execute(tx)
    await sql`create index bulk_jobs_finished_at on bulk_jobs (finished_at) where finished_at is not null`.execute(
      tx,
    )
    await table('bulk_job_users')
      .addColumn('job_id', ...text())
      .addColumn('user_id', ...text())
      .addColumn('outcome', ...text())
      .addColumn('code', ...text('null'))
      .addPrimaryKeyConstraint('bulk_job_users_job_id', ['job_id', 'user_id'])
      .addForeignKeyConstraint('bulk_job_users_job', ['job_id'], 'bulk_jobs', ['id'], (key) =>
        key.onDelete('cascade'),
      )
      .execute()
    await sql`create index bulk_job_users_outcome on bulk_job_users (job_id, outcome, user_id)`.execute(tx)
  },
}
