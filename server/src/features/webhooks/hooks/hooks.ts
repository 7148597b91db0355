/**
 * Hooks: a service of the operator is called before a sign-up, a sign-in or a token, and may refuse it. The request is
 * signed like a webhook and never contains a password. A hook can only refuse, because it is called after all other
 * checks.
 */

import type { AuditLog } from '../../../audit-events.ts'
import { type Caller, systemCaller } from '../../../caller.ts'
import { newId, now, nowMs } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import type { Egress } from '../../../egress/egress.ts'
import { signedHeaders } from '../../../egress/signing.ts'
import { AppError } from '../../../errors.ts'
import type { FloodCounts } from '../../audit/floods.ts'
import type { UserLookup } from '../../users/lookup.ts'
import { type Claims, readAnswer } from './answer.ts'

export const hookPoints = ['sign_up', 'sign_in', 'token'] as const
export type HookPoint = (typeof hookPoints)[number]

export type HookSettings = {
  url: string | null
  secret: string | null
  points: readonly string[]
  timeoutMs: number
  /** The effect of a missing or invalid answer. */
  onFailure: 'allow' | 'deny'
}

export type HookNeeds = {
  database: Database
  settings: HookSettings
  fetch: Egress['fetch']
  /** Why a request could not be made or got no answer; undefined for other errors. */
  reasonOf(error: unknown): string | undefined
  findUser: UserLookup['findUser']
  audit: AuditLog
  floods: Pick<FloodCounts, 'hasRow' | 'count'>
  log: { warn(fields: object, message: string): void }
}

/** The origin of a request. */
type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>

const maxBytes = 16 * 1024
/** The maximum of requests that wait for the hook; further ones get 503. */
const maxWaiting = 200

export type Hooks = ReturnType<typeof createHooks>

export function createHooks(needs: HookNeeds) {
  const { url, secret, points, timeoutMs, onFailure } = needs.settings
  let waiting = 0

  const isAsked = (point: HookPoint): boolean => url !== null && points.includes(point)

  const refuse = async (
    origin: Origin,
    point: HookPoint,
    reason: string,
    userId: string | null,
  ): Promise<void> => {
    const event = { type: 'hook.denied', outcome: 'denied', reason } as const
    if (!needs.floods.hasRow(event.type, userId ?? origin.address ?? '')) return needs.floods.count(event)
    const target =
      userId === null ? ({ kind: 'system', id: null } as const) : ({ kind: 'user', id: userId } as const)
    await needs.database.transaction((tx) =>
      needs.audit.record(
        tx,
        { ...systemCaller, ...origin },
        { ...event, target, changes: { before: point } },
      ),
    )
  }

  /** @returns the answer of the hook; the name of the fault when it is missing or invalid */
  const send = async (body: string) => {
    const id = newId()
    const seconds = Math.floor(nowMs() / 1000)
    try {
      const response = await needs.fetch(url ?? '', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Roster-Hooks',
          ...signedHeaders([secret ?? ''], { id, seconds, body }),
        },
        body,
        timeoutMs,
        maxBytes,
      })
      return response.status === 200 ? readAnswer(await response.text()) : `status_${response.status}`
    } catch (error) {
      const reason = needs.reasonOf(error)
      if (reason === undefined) throw error
      return reason
    }
  }

  const ask = async (
    { requestId, address, userAgent }: Origin,
    point: HookPoint,
    userId: string | null,
    about: object,
  ): Promise<Claims> => {
    if (waiting >= maxWaiting) throw new AppError('overloaded')
    waiting += 1
    const client = { address, user_agent: userAgent }
    const message = { type: `before.${point}`, timestamp: now(), data: { ...about, client } }
    const answer = await send(JSON.stringify(message)).finally(() => {
      waiting -= 1
    })
    const origin = { requestId, address, userAgent }
    if (typeof answer === 'string') {
      needs.log.warn(
        { event: 'hook.failed', hook: point, reason: answer, request_id: requestId },
        `the hook gave no usable answer; its setting says ${onFailure}`,
      )
      if (onFailure === 'allow') return {}
      await refuse(origin, point, 'no_answer', userId)
      throw new AppError('dependency_unavailable', {
        detail: 'This cannot be checked at the moment. Try again later.',
      })
    }
    if (answer.decision === 'allow') return answer.claims
    await refuse(origin, point, 'denied', userId)
    throw new AppError('denied_by_hook', answer.reason === null ? {} : { detail: answer.reason })
  }

  return {
    isAsked,

    /** @param fields of the new user, without the password. @throws denied_by_hook, dependency_unavailable, overloaded */
    async beforeSignUp(caller: Caller, fields: object, by: 'self' | 'provider'): Promise<void> {
      if (isAsked('sign_up')) await ask(caller, 'sign_up', null, { user: fields, method: by })
    },

    /**
     * Called after the proof by `method` was verified.
     * @param roles that the sign-in gives the user; by default the current ones
     * @throws denied_by_hook, dependency_unavailable, overloaded
     */
    async beforeSignIn(
      caller: Caller,
      userId: string,
      method: string,
      roles?: readonly string[],
    ): Promise<void> {
      if (!isAsked('sign_in')) return
      const user = await needs.findUser(userId)
      // Other users cannot sign in.
      if (user?.status !== 'active') return
      await ask(caller, 'sign_in', userId, { user: roles ? { ...user, roles } : user, method })
    },

    /**
     * @param userId null for a token of an application itself
     * @param clientId null for a token of the API of this service
     * @returns further claims for the token
     * @throws denied_by_hook, dependency_unavailable, overloaded
     */
    async beforeToken(origin: Origin, userId: string | null, clientId: string | null): Promise<Claims> {
      if (!isAsked('token')) return {}
      const user = userId === null ? null : ((await needs.findUser(userId)) ?? null)
      return ask(origin, 'token', userId, { user, application: clientId })
    },
  }
}
