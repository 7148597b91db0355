/** The jobs. Each has a function that does a limited part of the work and returns its amount. */
import type { AuditLog } from '../../audit-events.ts'
import { type Caller, systemCaller } from '../../caller.ts'
import { fromNow, now } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { isAppError } from '../../errors.ts'
import type { Job } from './service.ts'

type Bounded = (limit: number) => Promise<number>
type Deleted = { id: string; deleted_at: string }
type SignUp = { user_id: string; user_agent: string | null; created_at: string }

export type JobNeeds = {
  database: Database
  recycleDays: number
  /** Days until a sign-up that was never confirmed is erased; 0 keeps them. */
  unverifiedDays: number
  requireVerifiedEmail: boolean
  mailUrl: string | null
  auditDays: number
  eventDays: number
  links: { deleteExpired: Bounded }
  emailSignIns: { deleteExpired: Bounded }
  apiKeys: { noteExpired: Bounded }
  attempts: { deleteEnded: Bounded }
  deliveries: { deleteBefore(instant: string, limit: number): Promise<number> }
  events: { deleteBefore(instant: string, limit: number): Promise<number> }
  idempotency: { deleteOld: Bounded }
  outbox: { deleteOld: Bounded }
  sessions: {
    deleteOver(instant: string, limit: number): Promise<number>
    impersonations: { endOver: Bounded }
  }
  challenges: { deleteExpired: Bounded }
  trustedBrowsers: { deleteExpired: Bounded }
  identityProviders: { deleteExpired: Bounded }
  protocol: { deleteExpired: Bounded }
  signingKeys: { tend(): Promise<void> }
  bulkJobs: { deleteOld: Bounded }
  scim: { connections: { deleteOld: Bounded } }
  statistics: { fold(): Promise<number>; repair(portion: number): Promise<number> }
  audit: AuditLog & {
    deleteBefore(instant: string, limit: number): Promise<number>
    forgetFailures(instant: string, after: number, limit: number): Promise<{ count: number; last: number }>
  }
  users: {
    listDeletedBefore(instant: string, limit: number, after: Deleted | null): Promise<Deleted[]>
    listSignUpsBefore(instant: string, limit: number, after: SignUp | null): Promise<SignUp[]>
    /** @returns the number of names that are available again */
    endReservations: Bounded
    purge(caller: Caller, id: string, ifMatch: null, which: 'deleted' | 'unproven'): Promise<void>
  }
  log: { warn(fields: object, message: string): void }
}

const rows = 500
const hour = 3600
const day = 24 * hour
/** How long the origin of a failed sign-in is kept. */
const failureDays = 90

export function housekeepingJobs(needs: JobNeeds): Job[] {
  const { database, audit, users, log } = needs
  const daysAgo = (days: number) => fromNow(-days * day)

  const erase = async (id: string, which: 'deleted' | 'unproven'): Promise<number> => {
    try {
      await users.purge(systemCaller, id, null, which)
      return 1
    } catch (error) {
      if (isAppError(error) && error.code === 'dependency_unavailable') throw error
      // The user was restored or erased after the list was read.
      if (isAppError(error) && error.code === 'not_found') return 0
      log.warn({ event: 'housekeeping.not_erased', user_id: id, err: error }, 'a user could not be erased')
      return 0
    }
  }

  let last: Deleted | null = null
  /** Erases users whose time in the recycle bin has ended. Users who cannot be erased are skipped until the next day. */
  const emptyBin = async (part: number): Promise<number> => {
    if (part === 0) last = null
    for (;;) {
      const found: Deleted[] = await users.listDeletedBefore(daysAgo(needs.recycleDays), 50, last)
      if (found.length === 0) return 0
      let erased = 0
      for (const { id } of found) erased += await erase(id, 'deleted')
      last = found.at(-1) ?? null
      if (erased > 0) return erased
    }
  }

  let lastSignUp: SignUp | null = null
  /** Erases sign-ups that were never confirmed or used. Only where users must confirm before they sign in, and mails are sent. */
  const eraseUnproven = async (part: number): Promise<number> => {
    if (!needs.requireVerifiedEmail || needs.mailUrl === null || needs.unverifiedDays === 0) return 0
    if (part === 0) lastSignUp = null
    const found = await users.listSignUpsBefore(daysAgo(needs.unverifiedDays), 50, lastSignUp)
    for (const { user_id: id } of found) await erase(id, 'unproven')
    lastSignUp = found.at(-1) ?? null
    return found.length
  }

  let forgotten = 0
  /**
   * Continues a little before the position of the day before, because events of replicas are not in the order of their
   * times.
   */
  const forgetFailures = async (part: number): Promise<number> => {
    const after = part === 0 ? forgotten - 10_000 : forgotten
    const { count, last } = await audit.forgetFailures(daysAgo(failureDays), after, rows)
    forgotten = Math.max(forgotten, last)
    return count
  }

  return [
    { name: 'signing keys', everySeconds: hour, run: () => needs.signingKeys.tend().then(() => 0) },
    { name: 'attempts', everySeconds: 600, run: () => needs.attempts.deleteEnded(rows) },
    { name: 'api keys', everySeconds: 600, run: () => needs.apiKeys.noteExpired(rows) },
    { name: 'links', everySeconds: hour, run: () => needs.links.deleteExpired(rows) },
    { name: 'impersonations', everySeconds: 60, run: () => needs.sessions.impersonations.endOver(rows) },
    { name: 'sessions', everySeconds: hour, run: () => needs.sessions.deleteOver(now(), rows) },
    { name: 'trusted browsers', everySeconds: hour, run: () => needs.trustedBrowsers.deleteExpired(rows) },
    { name: 'sign-ins by mail', everySeconds: 600, run: () => needs.emailSignIns.deleteExpired(rows) },
    { name: 'sign-in challenges', everySeconds: 600, run: () => needs.challenges.deleteExpired(rows) },
    {
      name: 'provider sign-ins',
      everySeconds: 600,
      run: () => needs.identityProviders.deleteExpired(rows),
    },
    { name: 'oauth records', everySeconds: 600, run: () => needs.protocol.deleteExpired(rows) },
    { name: 'idempotency keys', everySeconds: hour, run: () => needs.idempotency.deleteOld(rows) },
    { name: 'scim requests', everySeconds: hour, run: () => needs.scim.connections.deleteOld(rows) },
    { name: 'mails', everySeconds: hour, run: () => needs.outbox.deleteOld(rows) },
    { name: 'counters', everySeconds: 60, run: () => needs.statistics.fold() },
    { name: 'counters of users', everySeconds: day, run: (part) => needs.statistics.repair(part) },
    {
      name: 'webhook deliveries',
      everySeconds: day,
      run: () => needs.deliveries.deleteBefore(daysAgo(needs.eventDays), rows),
    },
    {
      name: 'events',
      everySeconds: day,
      run: () => needs.events.deleteBefore(daysAgo(needs.eventDays), rows),
    },
    { name: 'bulk jobs', everySeconds: day, run: () => needs.bulkJobs.deleteOld(rows) },
    { name: 'reserved usernames', everySeconds: day, run: () => users.endReservations(rows) },
    { name: 'recycle bin', everySeconds: day, run: emptyBin },
    { name: 'unconfirmed sign-ups', everySeconds: day, run: eraseUnproven },
    {
      name: 'failures',
      everySeconds: day,
      run: forgetFailures,
    },
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
