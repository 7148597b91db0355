/**
 * Delivers logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5). Replicas share the work: a notice is leased
 * before it is sent, and deleted when the application has accepted it. If the replica crashes in between, the notice is
 * sent again.
 */

import type { AuditLog } from '../../../audit-events.ts'
import { createWorker } from '../../../background/worker.ts'
import { systemCaller } from '../../../caller.ts'
import { fromNow, jitter, newId, now, nowMs } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import { type Egress, egressReason } from '../../../egress/egress.ts'
import type { Application, IdTokenAlgorithm } from '../application.ts'
import type { Applications } from '../service.ts'
import type { NoticeRow } from './notice-store.ts'
import type { Notices } from './notices.ts'

type Needs = {
  database: Database
  issuer: string
  notices: Notices
  applications: Pick<Applications, 'find'>
  sign(algorithm: IdTokenAlgorithm, typ: string, claims: object): Promise<string>
  egress: Pick<Egress, 'fetch'>
  audit: AuditLog
  log: { warn(fields: object, message: string): void }
}

const pollMs = 2_000
const atOnce = 8
const timeoutMs = 5_000
const leaseSeconds = 15
const tokenSeconds = 120
/** The delays before attempts: 5 s, 20 s, 80 s, 5 min, 21 min, an hour and so on, 4 hours in total. */
const maxAttempts = 8
const firstWaitSeconds = 5
const longestWaitSeconds = 3600

const event = 'http://schemas.openid.net/event/backchannel-logout'

export function createLogoutSending(needs: Needs) {
  const { database, notices, log } = needs
  const { store } = notices
  const aborting = new AbortController()

  const tokenFor = (application: Application, { user_id, sid }: NoticeRow) => {
    const issuedAt = Math.floor(nowMs() / 1000)
    return needs.sign(application.token_algorithm, 'logout+jwt', {
      iss: needs.issuer,
      aud: application.client_id,
      sub: user_id,
      ...(sid !== null && { sid }),
      iat: issuedAt,
      exp: issuedAt + tokenSeconds,
      jti: newId(),
      events: { [event]: {} },
    })
  }

  /** @returns null when the application has accepted the notice, else the reason */
  const deliver = async (application: Application, uri: string, row: NoticeRow): Promise<string | null> => {
    try {
      const { status } = await needs.egress.fetch(uri, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: await tokenFor(application, row) }),
        timeoutMs,
        maxBytes: 4096,
        longBody: 'cut',
        signal: aborting.signal,
      })
      return status >= 200 && status < 300 ? null : `status_${status}`
    } catch (error) {
      return egressReason(error) ?? 'unreachable'
    }
  }

  const settle = (row: NoticeRow, fault: string | null) =>
    database.transaction(async (tx) => {
      const attempts = row.attempts + 1
      if (fault !== null && attempts < maxAttempts) {
        const seconds = Math.min(longestWaitSeconds, firstWaitSeconds * 4 ** row.attempts)
        return store.putOff(tx, row.id, attempts, fromNow(seconds * (0.75 + jitter() / 2)))
      }
      await store.delete(tx, row.id)
      if (fault !== null)
        await needs.audit.record(tx, systemCaller, {
          type: 'application.logout_failed',
          outcome: 'failure',
          reason: fault,
          target: { kind: 'application', id: row.application_id },
          changes: { user_id: row.user_id },
        })
    })

  const send = async (row: NoticeRow): Promise<void> => {
    const application = await needs.applications.find(row.application_id)
    const uri = application?.backchannel_logout_uri
    const fault = application && uri ? await deliver(application, uri, row) : null
    if (fault !== null)
      log.warn(
        { event: 'logout.not_delivered', application_id: row.application_id, reason: fault },
        'an application could not be told of a sign-out',
      )
    // A delivery that was interrupted by the stop is repeated after the next start or by another replica.
    if (!aborting.signal.aborted || fault === null) await settle(row, fault)
  }

  const sendDue = async (): Promise<void> => {
    while (!aborting.signal.aborted && (await store.hasDue(now()))) {
      const rows = await database.transaction((tx) => store.claim(tx, now(), leaseSeconds, atOnce))
      if (rows.length === 0) return
      await Promise.all(rows.map(send))
    }
  }

  const worker = createWorker({
    work: sendDue,
    pollMs: () => pollMs,
    failed: (error) =>
      log.warn({ event: 'logout.unreachable', err: error }, 'the notices of sign-outs cannot be read'),
  })

  return {
    start(): void {
      notices.onWake(() => worker.wake())
      worker.start()
    },
    async stop(): Promise<void> {
      aborting.abort()
      await worker.stop()
    },
  }
}
