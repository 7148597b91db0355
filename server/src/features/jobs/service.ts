/** Jobs: the same change to many users with one request. */

import type { AuditLog } from '../../audit-events.ts'
import { type Caller, holds, inOrder, isSelf, need, type Permission } from '../../caller.ts'
import { fromNow, newId, now } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { fromJsonText, jsonText } from '../../encoding/json-text.ts'
import { AppError, invalidInput } from '../../errors.ts'
import type { PageOf } from '../../page.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import { type Job, type JobRow, jobOf, type Kind, opposites, type Selection } from './job.ts'
import type { RunnerNeeds } from './runner.ts'
import type { BulkJobStore, Outcome } from './store.ts'

const keptDays = 30
const shownFailures = 100

export type JobNeeds = {
  database: Database
  users: RunnerNeeds['users']
  audit: AuditLog
  mayGive: RoleLookup['mayGive']
}

export type JobRequest = { kind: Kind; selection: Selection; role: string | undefined }

export function permissionOf(kind: Kind): Permission {
  return kind === 'delete' || kind === 'restore' ? 'users:delete' : 'users:write'
}

/** The filter, counts and failures of a job reveal data of users. @throws forbidden */
const mayRead = (caller: Caller): void => need(caller, 'users:read')

/** A permission that the caller of the job had and this caller lacks. Callers may read and cancel all of their own jobs. */
const permissionBeyond = (caller: Caller, row: JobRow): Permission | undefined => {
  const by = fromJsonText(row.caller)
  if (by.userId !== null && isSelf(caller, by.userId)) return undefined
  return by.permissions.find((permission) => !holds(caller, permission))
}

/** @throws permission_not_held when the caller of the job had more permissions, as for a user who has more */
const assertMayManage = (caller: Caller, row: JobRow): void => {
  const beyond = permissionBeyond(caller, row)
  if (beyond)
    throw new AppError('permission_not_held', {
      detail: `The job was created with the permission ${beyond}, which the caller does not hold.`,
    })
}

/** A job in the list; without its filter if its caller had more permissions. */
const listedFor = (caller: Caller, row: JobRow): Job =>
  permissionBeyond(caller, row) ? { ...jobOf(row), filter: null, can_undo: false } : jobOf(row)

export function createJobs(needs: JobNeeds, store: BulkJobStore, wake: () => void) {
  const { database, users, audit } = needs

  const check = async (caller: Caller, { kind, role }: JobRequest): Promise<void> => {
    mayRead(caller)
    need(caller, permissionOf(kind))
    const isAboutRole = kind === 'add_role' || kind === 'remove_role'
    if (isAboutRole !== (role !== undefined))
      throw invalidInput([
        { pointer: '/role', code: 'invalid', detail: 'Name a role for add_role and remove_role alone.' },
      ])
    if (role !== undefined) await needs.mayGive(caller, role)
  }

  /** The users of the selection: of the list, or of the recycle bin for a job that restores. */
  const selected = ({ kind, selection }: JobRequest): Selection =>
    'ids' in selection
      ? { ids: [...new Set(selection.ids)] }
      : { filter: { ...selection.filter, ...(kind === 'restore' && { deleted: true }) } }

  const count = async (caller: Caller, request: JobRequest): Promise<number> => {
    const selection = selected(request)
    if ('ids' in selection) return selection.ids.length
    const page = { limit: 1, direction: 'next', position: null, wantsTotal: true } as const
    return (await users.list(caller, selection.filter, page)).total ?? 0
  }

  const insert = async (
    caller: Caller,
    job: { kind: Kind; selection: Selection; role: string | null; undo_of: string | null; total: number },
  ): Promise<Job> => {
    const { kind, userId, apiKeyId, application, address, userAgent, authMethods, enrolBy } = caller
    const row: JobRow = {
      ...job,
      id: newId(),
      selection: jsonText(job.selection),
      // The caller without its session, because a job continues after a sign-out. It ends when the account loses the
      // permission.
      caller: jsonText({
        ...(application && { application }),
        ...(enrolBy && { enrolBy }),
        ...{ kind, userId, apiKeyId, address, userAgent, authMethods, sessionId: null, requestId: null },
        permissions: inOrder([...caller.permissions]),
      }),
      ...{ state: 'queued', reason: null, changed: 0, unchanged: 0, failed: 0, position: null },
      ...{ created_at: now(), started_at: null, finished_at: null, leased_by: null, leased_until: null },
    }
    await database.transaction(async (tx) => {
      await store.insert(tx, row)
      await audit.record(tx, caller, {
        type: 'job.created',
        target: { kind: 'system', id: null },
        changes: { job: row.id, kind: job.kind, total: job.total, ...(job.role && { role: job.role }) },
      })
    })
    wake()
    return jobOf(row)
  }

  const find = async (id: string): Promise<JobRow> => {
    const row = await store.find(id)
    if (!row) throw new AppError('not_found')
    return row
  }

  return {
    /** The number of users in a job. @throws the same errors as `create` */
    async preview(caller: Caller, request: JobRequest): Promise<number> {
      await check(caller, request)
      return count(caller, request)
    },

    /** Users created later are not part of the job. @throws forbidden, permission_not_held, invalid_input */
    async create(caller: Caller, request: JobRequest): Promise<Job> {
      await check(caller, request)
      const total = await count(caller, request)
      const selection = selected(request)
      const { kind, role = null } = request
      if ('ids' in selection) return insert(caller, { kind, selection, role, undo_of: null, total })
      const asked = selection.filter['created_before']
      const before = fromNow(0.001)
      const created_before = typeof asked === 'string' && asked < before ? asked : before
      const bounded = { filter: { ...selection.filter, created_before } }
      return insert(caller, { kind, selection: bounded, role, undo_of: null, total })
    },

    async list(caller: Caller, page: PageOf): Promise<Job[]> {
      mayRead(caller)
      const beyond = page.position ? String(page.position[0]) : null
      return (await store.list(page.limit + 1, beyond, page.direction === 'prev')).map((row) =>
        listedFor(caller, row),
      )
    },

    /** Returns the job with the first users who could not be changed. @throws not_found, permission_not_held */
    async get(
      caller: Caller,
      id: string,
    ): Promise<Job & { failed_users: { user_id: string; code: string }[] }> {
      mayRead(caller)
      const row = await find(id)
      assertMayManage(caller, row)
      const failures: Outcome[] = await store.listUsers(id, 'failed', '', shownFailures)
      return {
        ...jobOf(row),
        failed_users: failures.map(({ userId, code }) => ({ user_id: userId, code: code ?? '' })),
      }
    },

    /** Cancels a job. Changes that were made remain. @throws not_found, job_finished, permission_not_held */
    async cancel(caller: Caller, id: string): Promise<Job> {
      mayRead(caller)
      const row = await find(id)
      const { kind } = row
      need(caller, permissionOf(kind))
      assertMayManage(caller, row)
      await database.transaction(async (tx) => {
        if (!(await store.cancel(tx, row))) throw new AppError('job_finished')
        await audit.record(tx, caller, {
          type: 'job.cancelled',
          target: { kind: 'system', id: null },
          changes: { job: id, kind },
        })
      })
      return jobOf(await find(id))
    },

    /**
     * Creates a job that undoes the changes of this one.
     * @throws not_found, job_not_undoable, forbidden, permission_not_held
     */
    async undo(caller: Caller, id: string): Promise<Job> {
      mayRead(caller)
      const row = await find(id)
      assertMayManage(caller, row)
      const { can_undo, kind, changed, role } = jobOf(row)
      const opposite = opposites[kind]
      if (!can_undo || !opposite) throw new AppError('job_not_undoable')
      const request = { kind: opposite, selection: { ids: [] }, role: role ?? undefined }
      await check(caller, request)
      return insert(caller, { ...request, role, undo_of: id, total: changed })
    },

    /** Housekeeping: deletes some of the jobs that finished long ago. */
    deleteOld: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteOld(tx, fromNow(-keptDays * 86_400), limit)),
  }
}

export type Jobs = ReturnType<typeof createJobs>
