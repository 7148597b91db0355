/**
 * Reads on a standby that are never stale: the standby is used only if it has replayed all commits from before the read.
 * So a client finds all acknowledged writes, on every replica. Otherwise the primary answers.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { monotonicMs } from '../../clock.ts'
import { isAppError, thrown } from '../../errors.ts'

/** The timeline of a server that accepts writes; null on a standby. */
export const timelineText = `case when pg_is_in_recovery() then null
  else ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int end as timeline`

/** The timeline excludes a standby that still follows the primary from before a failover. */
const positionText = `select pg_current_wal_insert_lsn()::text as lsn, ${timelineText}`

const behindText = `select pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn()) as behind
  from pg_control_recovery() as recovery, pg_control_checkpoint() as checkpoint
  where pg_is_in_recovery() and $2::int = greatest(recovery.min_recovery_end_timeline, checkpoint.timeline_id)`

/** The maximum wait for the standby, which is usually a few milliseconds behind. */
const pausesMs = [5, 15, 30]
/** A failed standby is not used for this time. */
const restMs = 5000

type Position = { lsn: string; timeline: number }

export type StandbyReads = PostgresPool & {
  /** The delay in bytes of the log; infinite while the standby does not follow the primary. @throws without a primary */
  behindBytes(): Promise<number>
}

export function readsOnStandby(primary: PostgresPool, standby: PostgresPool): StandbyReads {
  let restsUntilMs = 0

  const query = async <R>(pool: PostgresPool, text: string, values: readonly unknown[]) => {
    const client = await pool.connect()
    try {
      return await client.query<R>(text, values)
    } finally {
      client.release()
    }
  }
  const positionOfPrimary = async (): Promise<Position> =>
    (await query<Position>(primary, positionText, [])).rows[0]!

  /** Negative if the standby is ahead. */
  const distanceTo = async ({ lsn, timeline }: Position): Promise<number> => {
    const { rows } = await query<{ behind: number }>(standby, behindText, [lsn, timeline])
    return rows[0]?.behind ?? Number.POSITIVE_INFINITY
  }
  const reaches = async (position: Position): Promise<boolean> => {
    for (const pauseMs of [0, ...pausesMs]) {
      if (pauseMs > 0) await sleep(pauseMs)
      const distance = await distanceTo(position)
      if (distance <= 0) return true
      if (distance === Number.POSITIVE_INFINITY) return false
    }
    return false
  }
  const fromStandby = async (text: string, values: readonly unknown[]) => {
    if (monotonicMs() < restsUntilMs) return undefined
    const position = await positionOfPrimary()
    try {
      if (await reaches(position)) return await query(standby, text, values)
    } catch (error) {
      // A statement that is too slow on the standby is too slow on the primary too. A statement that the replay has
      // cancelled, or that fails for another reason, runs on the primary.
      if (thrown(thrown(error).cause).code === '57014') throw error
      if (isAppError(error)) restsUntilMs = monotonicMs() + restMs
    }
    return undefined
  }
  const client = {
    query: async (text: string, values: readonly unknown[] = []) =>
      (await fromStandby(text, values)) ?? query(primary, text, values),
    release() {},
  } as unknown as PostgresPoolClient
  return {
    ...primary,
    connect: async () => client,
    async end() {
      await Promise.all([primary.end(), standby.end()])
    },
    async behindBytes() {
      const position = await positionOfPrimary()
      return Math.max(0, await distanceTo(position).catch(() => Number.POSITIVE_INFINITY))
    },
  }
}
