/**
 * Fresh proof: requests whose effect outlives the session, or that need more rights, need a proof of identity that is at
 * most five minutes old. Routes declare it (`proof`); services require it where it depends on the target. Both use this
 * service.
 */

import { type Caller, may, type Permission } from '../../caller.ts'
import { fromNow, now, nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { PasskeyAnswer } from '../../factor-answers.ts'
import type { StepUp } from '../factors/step-up.ts'
import type { Passwords } from '../passwords/service.ts'
import type { Sessions } from '../sessions/service.ts'

type Factor = { totp: string } | { recovery_code: string } | { passkey: PasskeyAnswer }
/** One proof of identity. */
export type Evidence = { password: string } | Factor

export type ProofNeeds = {
  database: Database
  passwords: Pick<Passwords, 'confirm' | 'has'>
  factors: Pick<StepUp, 'methodsOf' | 'prove'>
  sessions: Pick<Sessions, 'provenAt' | 'prove' | 'forgetSession'>
}

type NewCookie = { secret: string; seconds: number | null }

export type ProofOptions = {
  /** The caller's own password, if the request contains it. */
  password?: string | undefined
  /** The permission that API keys and applications need, because they cannot give a proof; undefined if they need none. */
  unattended?: Permission | undefined
}

export type Proof = ReturnType<typeof createProof>

const freshSeconds = 300

export function createProof({ database, passwords, factors, sessions }: ProofNeeds) {
  const methodsOf = async (userId: string): Promise<string[]> => {
    const [hasPassword, methods] = await Promise.all([passwords.has(userId), factors.methodsOf(userId)])
    return hasPassword ? ['password', ...methods] : methods
  }

  return {
    /**
     * Passes if the proof of the session is fresh, if the request contains the password, or if every request does
     * (Basic).
     * @throws reauthentication_required, forbidden for a program without the right, not_while_impersonating,
     * invalid_credentials, too_many_requests
     */
    async need(caller: Caller, { password, unattended }: ProofOptions = {}): Promise<void> {
      if (caller.kind === 'system') return
      if (caller.impersonator) throw new AppError('not_while_impersonating')
      if (caller.kind === 'api_key' || caller.kind === 'application') {
        if (unattended === undefined || may(caller, unattended)) return
        throw new AppError('forbidden', { detail: `A program needs the permission ${unattended} for this.` })
      }
      if (caller.userId === null) throw new AppError('unauthenticated')
      if (isFresh(caller.provenAt)) return
      if (password !== undefined) return void (await passwords.confirm(caller, caller.userId, password))
      // Another replica may have recorded a newer proof.
      if (caller.sessionId !== null && isFresh(await sessions.provenAt(caller.sessionId))) return
      throw new AppError('reauthentication_required', {
        detail: 'Confirm that it is you with POST /auth/step-up, then repeat the request.',
        members: { methods: await methodsOf(caller.userId) },
      })
    },

    /**
     * Renews the proof of the session. `cookie` replaces that of the browser.
     * @throws forbidden for an API key, not_while_impersonating, invalid_credentials, invalid_code, invalid_passkey, too_many_requests
     */
    async stepUp(
      caller: Caller,
      evidence: Evidence,
    ): Promise<{ fresh_until: string; cookie: NewCookie | null }> {
      const { userId, sessionId } = caller
      if (caller.impersonator) throw new AppError('not_while_impersonating')
      if (caller.kind !== 'user' || userId === null)
        throw new AppError('forbidden', { detail: 'Only a person can confirm who they are.' })
      let cookie: NewCookie | null = null
      const hasCookie = caller.authMethods.includes('cookie')
      const note = async (tx: Tx): Promise<void> => {
        if (sessionId === null) return
        const proof = { at: now(), method: methodOf(evidence), hasCookie }
        const noted = await sessions.prove(tx, sessionId, proof)
        if (noted === undefined) throw new AppError('invalid_token')
        cookie = noted
      }
      if ('password' in evidence) {
        const stillConfirmed = await passwords.confirm(caller, userId, evidence.password)
        await database.transaction(async (tx) => {
          await stillConfirmed(tx)
          await note(tx)
        })
      } else await factors.prove(caller, userId, evidence, note)
      if (sessionId !== null) sessions.forgetSession(sessionId)
      return { fresh_until: fromNow(freshSeconds), cookie }
    },
  }
}

function methodOf(evidence: Evidence): string {
  if ('password' in evidence) return 'pwd'
  if ('totp' in evidence) return 'otp'
  return 'passkey' in evidence ? 'passkey' : 'recovery_code'
}

function isFresh(provenAt: string | null | undefined): boolean {
  if (!provenAt) return false
  const age = nowMs() - Date.parse(provenAt)
  // On a replica whose clock is behind, the time of a proof may be in the future.
  return age <= freshSeconds * 1000 && age >= -freshSeconds * 1000
}
