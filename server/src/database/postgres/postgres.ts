/** PostgreSQL through `pg`: one pool with limited waits, and the same errors and values as on SQLite. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import { partOfAttempt } from '../../attempt.ts'
import { jitter, monotonicMs } from '../../clock.ts'
import { createAfterCommit } from '../after-commit.ts'
import type { Database, Reader, Tx } from '../database.ts'
import { duplicateIndex, unavailable } from '../dialect.ts'
import { recentFaults } from '../recent-fault.ts'
import type { Tables } from '../schema/schema.ts'
import { clockText } from './client.ts'
import { isRetryable, postgresDialect } from './dialect.ts'
import { openPool, type PoolOptions } from './pool.ts'
import { readsOnStandby, timelineText } from './standby.ts'
import type { PostgresTarget } from './target.ts'

const attempts = 3

export function openPostgres(
  target: PostgresTarget,
  options: PoolOptions,
  standby?: PostgresTarget | null,
): Database {
  const faults = recentFaults()
  let timeline: ReturnType<Database['timeline']> = null
  const afterCommit = createAfterCommit()
  const pool = openPool(target, options)
  const prepared = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool.prepared }) })
  const planned = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool.planned }) })
  const reads =
    standby && readsOnStandby(pool.planned, openPool(standby, { ...options, followsClock: false }).planned)
  return {
    read: prepared,
    scan: reads ? new Kysely<Tables>({ dialect: new PostgresDialect({ pool: reads }) }) : planned,
    dialect: postgresDialect,
    prepare<R>(query: CompiledQuery<R>) {
      const first = async (...parameters: unknown[]) =>
        (await prepared.executeQuery<R>({ ...query, parameters })).rows[0]
      return Object.assign(first, {
        in: async (from: Tx | Reader, ...parameters: unknown[]) =>
          (await from.executeQuery<R>({ ...query, parameters })).rows,
      })
    },
    async transaction(work, { volatile } = { volatile: false }) {
      const whole: typeof work = async (tx) => {
        if (volatile) await sql`set local synchronous_commit = off`.execute(tx)
        return work(tx)
      }
      const { collected, runAll } = afterCommit.collect(whole)
      const part = volatile ? null : partOfAttempt()
      const run: typeof collected = (tx) => (part ? part.decide(() => collected(tx)) : collected(tx))
      for (let attempt = 1; ; attempt += 1) {
        try {
          const result = await prepared.transaction().execute(run)
          runAll()
          return result
        } catch (error) {
          part?.rolledBack()
          faults.note(error)
          if (duplicateIndex(error) !== undefined) throw error
          if (!isRetryable(error)) throw postgresDialect.translate(error)
          if (attempt === attempts) throw unavailable(error)
        }
        await sleep(jitter() * 20 * attempt)
      }
    },
    afterCommit: afterCommit.add,
    gatherForCommit: afterCommit.gather,
    async ping() {
      await sql`select 1`.execute(planned)
    },
    async tend() {
      const startedMs = monotonicMs()
      const { rows } = await sql
        .raw<{ ms: number; timeline: number | null }>(`select ${clockText}, ${timelineText}`)
        .execute(planned)
      pool.clock.read(Number(rows[0]!.ms), startedMs)
      const current = rows[0]!.timeline
      if (current !== null) timeline = { current, highest: Math.max(current, timeline?.highest ?? 0) }
    },
    async mergeSearch() {
      await sql`select gin_clean_pending_list('user_search_grams')`.execute(planned)
    },
    clockSkewMs: pool.clock.skewMs,
    timeline: () => timeline,
    recentFault: faults.get,
    replacedFile: () => null,
    standbyBehindBytes: async () => reads?.behindBytes() ?? 0,
    load: pool.load,
    async close() {
      await (reads ?? pool.planned).end()
    },
  }
}
