/** The jobs. Each gets a function that does a bounded part of the work and says how much it was. */
import { type Caller, systemCaller } from '../../caller.ts'
import { fromNow, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Job } from './service.ts'

type Bounded = (limit: number) => Promise<number>

export type JobNeeds = {
  database: Database
  recycleDays: number
  auditDays: number
  links: { deleteExpired: Bounded }
  attempts: { deleteEnded: Bounded }
  idempotency: { deleteOld: Bounded }
  outbox: { deleteOld: Bounded }
  sessions: { deleteOver(instant: string, limit: number): Promise<number> }
  signingKeys: { tend(): Promise<void> }
  audit: {
    deleteBefore(instant: string, limit: number): Promise<number>
    record(
      tx: Tx,
      caller: Caller,
      event: {
        type: string
        target: { kind: 'system'; id: null }
        changes: { count: number; before: string }
      },
    ): Promise<void>
  }
  users: {
    listDeletedBefore(instant: string, limit: number): Promise<string[]>
    purge(caller: Caller, id: string, ifMatch: null, which: 'deleted'): Promise<void>
  }
  log: { warn(fields: object, message: string): void }
}

const rows = 500
const hour = 3600
const day = 24 * hour

export function housekeepingJobs(needs: JobNeeds): Job[] {
  const { database, audit, users, log } = needs
  const daysAgo = (days: number) => fromNow(-days * day)

  /** Erases those whose time in the recycle bin is over. Who cannot be erased is left for the next day. */
  const emptyBin = async (): Promise<number> => {
    let erased = 0
    for (const id of await users.listDeletedBefore(daysAgo(needs.recycleDays), 50)) {
      try {
        await users.purge(systemCaller, id, null, 'deleted')
        erased += 1
      } catch (error) {
        log.warn({ event: 'housekeeping.not_erased', user_id: id, err: error }, 'a user could not be erased')
      }
    }
    return erased
  }

  return [
    { name: 'signing keys', everySeconds: hour, run: () => needs.signingKeys.tend().then(() => 0) },
    { name: 'attempts', everySeconds: 600, run: () => needs.attempts.deleteEnded(rows) },
    { name: 'links', everySeconds: hour, run: () => needs.links.deleteExpired(rows) },
    { name: 'sessions', everySeconds: hour, run: () => needs.sessions.deleteOver(now(), rows) },
    { name: 'idempotency keys', everySeconds: hour, run: () => needs.idempotency.deleteOld(rows) },
    { name: 'mails', everySeconds: hour, run: () => needs.outbox.deleteOld(rows) },
    { name: 'recycle bin', everySeconds: day, run: emptyBin },
    {
      name: 'audit',
      everySeconds: day,
      run: () => audit.deleteBefore(daysAgo(needs.auditDays), rows),
      done: (count) =>
        database.transaction((tx) =>
          audit.record(tx, systemCaller, {
            type: 'audit.purged',
            target: { kind: 'system', id: null },
            changes: { count, before: daysAgo(needs.auditDays) },
          }),
        ),
    },
  ]
}
