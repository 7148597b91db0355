/**
 * Runs jobs in batches. A replica leases a job. It stores a batch before it begins and the outcome after its end, so that
 * another replica can continue after a crash, and every change can be undone.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { createWorker } from '../../background/worker.ts'
import { type Caller, may, type Permission } from '../../caller.ts'
import { jitter, newId, now } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { fromJsonText } from '../../encoding/json-text.ts'
import { isAppError } from '../../errors.ts'
import { readPosition } from '../../page.ts'
import type { Users } from '../users/users.ts'
import { isAsWanted, type JobUser } from './actions.ts'
import { endOf, type JobRow, type Kind } from './job.ts'
import type { BulkJobStore, Outcome } from './store.ts'

const batch = 50
/** The number of users that are changed concurrently; on SQLite they share a commit. */
const atOnce = 5
const pollMs = 5_000
const leaseSeconds = 60
const pauseMs = 20

export type RunnerNeeds = {
  database: Database
  users: Pick<Users, 'list' | 'findUser'>
  /** The caller with the current permissions. */
  rightsNow(caller: Caller): Promise<Caller>
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

type Act = (caller: Caller, id: string, target: { kind: Kind; role: string | null }) => Promise<string | null>
type Candidate = { id: string; user: JobUser | undefined }

export function createRunner(
  needs: RunnerNeeds,
  store: BulkJobStore,
  act: Act,
  permissionOf: (kind: Kind) => Permission,
) {
  const { database, users, log } = needs
  const holder = newId()
  let stopping = false

  const leaseOf = ({ id }: JobRow) => ({ id, holder, seconds: leaseSeconds })
  const update = (job: JobRow, changes: Partial<JobRow>) =>
    database.transaction((tx) => store.update(tx, leaseOf(job), changes))
  const finish = (job: JobRow, state: 'done' | 'stopped', reason: string | null = null) =>
    update(job, { ...endOf(job, state), reason })

  /** The next users of the job, and the position after them; null at the end. */
  const next = async (
    job: JobRow,
    caller: Caller,
  ): Promise<{ candidates: Candidate[]; position: string | null }> => {
    if (job.undo_of !== null) {
      const found = await store.listUsers(job.undo_of, 'changed', job.position ?? '', batch)
      return { candidates: await known(found), position: found.at(-1)?.userId ?? null }
    }
    const selection = fromJsonText(job.selection)
    if ('ids' in selection) {
      const from = Number(job.position ?? 0)
      const ids = selection.ids.slice(from, from + batch).map((userId) => ({ userId }))
      return {
        candidates: await known(ids),
        position: ids.length === 0 ? null : String(from + ids.length),
      }
    }
    const page = await users.list(
      { ...caller, permissions: new Set([...caller.permissions, 'users:read']) },
      { ...selection.filter, sort: 'created_at' },
      {
        limit: batch,
        direction: 'next',
        position: job.position === null ? null : readPosition(job.position),
        wantsTotal: false,
      },
    )
    return {
      candidates: page.items.map((user) => ({ id: user.id, user })),
      position: page.next === null ? null : JSON.stringify(page.next),
    }
  }
  const known = (found: readonly { userId: string }[]): Promise<Candidate[]> =>
    Promise.all(found.map(async ({ userId: id }) => ({ id, user: await users.findUser(id) })))

  /**
   * Changes the stored users. `again`: the changes may have been made before.
   * @returns whether this replica still has the lease
   */
  const perform = async (job: JobRow, caller: Caller, ids: readonly string[], again: boolean) => {
    const target = { kind: job.kind, role: job.role }
    const outcomes: Outcome[] = []
    for (let at = 0; at < ids.length; at += atOnce)
      outcomes.push(
        ...(await Promise.all(
          ids.slice(at, at + atOnce).map(async (userId) => {
            const code = await act(caller, userId, target)
            const isDone = again && code === 'not_found' && /^(delete|restore)$/.test(job.kind)
            return { userId, code: isDone ? null : code }
          }),
        )),
      )
    const changed = outcomes.filter(({ code }) => code === null).length
    job.changed = Number(job.changed) + changed
    job.failed = Number(job.failed) + outcomes.length - changed
    return database.transaction(async (tx) => {
      const counts = { changed: job.changed, failed: job.failed }
      if (!(await store.update(tx, leaseOf(job), counts))) {
        // The job was cancelled; the finished work is recorded nevertheless.
        await store.settle(tx, job.id, outcomes)
        return false
      }
      await store.settle(tx, job.id, outcomes)
      return true
    })
  }

  const work = async (job: JobRow): Promise<void> => {
    const stored = fromJsonText(job.caller)
    for (let first = true; ; first = false) {
      const asked: Caller = { ...stored, permissions: new Set(stored.permissions), provenAt: now() }
      const caller = await needs.rightsNow(asked)
      if (!may(caller, permissionOf(job.kind))) return void (await finish(job, 'stopped', 'forbidden'))
      if (first) {
        const left = await store.listUsers(job.id, 'pending', '', batch)
        if (
          left.length > 0 &&
          !(await perform(
            job,
            caller,
            left.map(({ userId }) => userId),
            true,
          ))
        )
          return
      }
      const chosen = await next(job, caller).catch((error: unknown) => refusalOf(error))
      if (typeof chosen === 'string') return void (await finish(job, 'stopped', chosen))
      const { candidates, position } = chosen
      const target = { kind: job.kind, role: job.role }
      const wanted = candidates.filter(({ user }) => user === undefined || !isAsWanted(target, user))
      const ids = wanted.map(({ id }) => id)
      job.unchanged = Number(job.unchanged) + candidates.length - ids.length
      job.position = position
      const isOurs = await database.transaction(async (tx) => {
        const changes = { unchanged: job.unchanged, position }
        if (!(await store.update(tx, leaseOf(job), changes))) return false
        await store.addPending(tx, job.id, ids)
        return true
      })
      if (!isOurs || !(await perform(job, caller, ids, false))) return
      if (position === null) break
      if (stopping) return void (await update(job, { leased_by: null, leased_until: null }))
      await sleep(pauseMs)
    }
    if (await finish(job, 'done'))
      log.info(
        { event: 'job.done', job_id: job.id, kind: job.kind, changed: job.changed, failed: job.failed },
        'a job is done',
      )
  }

  const workAll = async (): Promise<void> => {
    for (;;) {
      if (stopping) return
      const job = await database.transaction((tx) => store.claim(tx, holder, now(), leaseSeconds))
      if (!job) return
      await work(job)
    }
  }

  const worker = createWorker({
    work: workAll,
    pollMs: () => pollMs * (0.75 + jitter() / 2),
    failed: (error) => log.warn({ event: 'job.failed', err: error }, 'a job waits for its next attempt'),
  })

  return {
    /** Polls for work now, and then every few seconds. */
    start: () => worker.start(),
    /** Polls immediately in the service. Commands create jobs but do not run them. */
    wake: () => worker.wake(),
    /** Waits for the running batch; other replicas continue the job. */
    async stop(): Promise<void> {
      stopping = true
      await worker.stop()
    },
  }
}

/** The code of the error if the caller may no longer use the filter. @throws all other errors */
function refusalOf(error: unknown): string {
  if (isAppError(error) && error.status < 500) return error.code
  throw error
}
