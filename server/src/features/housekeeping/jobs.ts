/** The jobs. Each has a function that does a limited part of the work and returns its amount. */

import { systemCaller } from '../../caller.ts'
import { fromNow, now } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { isAppError } from '../../errors.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { EmailSignIns } from '../account/email-sign-in/service.ts'
import type { Links } from '../account/links.ts'
import type { ApiKeys } from '../api-keys/service.ts'
import type { Attempts } from '../attempts/service.ts'
import type { Audit } from '../audit/service.ts'
import type { Events } from '../events/service.ts'
import type { Challenges } from '../factors/challenges.ts'
import type { TrustedBrowsers } from '../factors/trusted/service.ts'
import type { Idempotency } from '../idempotency/service.ts'
import type { Jobs } from '../jobs/service.ts'
import type { SigningKeys } from '../sessions/keys/signing-keys.ts'
import type { Sessions } from '../sessions/service.ts'
import type { Counters } from '../statistics/service.ts'
import type { Users } from '../users/users.ts'
import type { Deliveries } from '../webhooks/deliveries/service.ts'
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
  links: Pick<Links, 'deleteExpired'>
  emailSignIns: Pick<EmailSignIns, 'deleteExpired'>
  apiKeys: Pick<ApiKeys, 'noteExpired'>
  attempts: Pick<Attempts, 'deleteEnded'>
  deliveries: Pick<Deliveries, 'deleteBefore'>
  events: Pick<Events, 'deleteBefore'>
  idempotency: Pick<Idempotency, 'deleteOld'>
  outbox: Pick<Outbox, 'deleteOld'>
  sessions: Pick<Sessions, 'deleteOver'> & { impersonations: { endOver: Bounded } }
  challenges: Pick<Challenges, 'deleteExpired'>
  trustedBrowsers: Pick<TrustedBrowsers, 'deleteExpired'>
  identityProviders: { deleteExpired: Bounded }
  protocol: { deleteExpired: Bounded }
  signingKeys: Pick<SigningKeys, 'tend'>
  bulkJobs: Pick<Jobs, 'deleteOld'>
  scim: { connections: { deleteOld: Bounded } }
  statistics: Pick<Counters, 'fold' | 'repair'>
  audit: Pick<Audit, 'record' | 'deleteBefore' | 'forgetFailures'>
  users: Pick<Users, 'listDeletedBefore' | 'listSignUpsBefore' | 'endReservations' | 'purge'>
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
