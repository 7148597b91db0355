/**
 * The options with which a browser requests a passkey: to sign in without a name, as a second step, or as a fresh proof.
 */

import type { Caller } from '../../../caller.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { AppError } from '../../../errors.ts'
import type { PasskeyAnswer } from '../../../factor-answers.ts'
import type { PasskeyChallenges } from './challenges.ts'
import type { PasskeyStore } from './store.ts'
import type { PasskeyVerification, Refused, Signed } from './verification.ts'
import { challengeOf, type RelyingParty, signatureOptions } from './webauthn.ts'

export type OptionsWanted =
  | { purpose: 'sign_in' | 'step_up' }
  | { purpose: 'second_factor'; challenge: string }

type Needs = {
  party: RelyingParty
  signatures: PasskeyVerification
  /** The user whose sign-in waits for a second step; undefined when the challenge is unknown or expired. */
  challengeOwner(challenge: string): Promise<string | undefined>
}

export type PasskeySignIn = ReturnType<typeof createPasskeySignIn>

export function createPasskeySignIn(
  { party, signatures, challengeOwner }: Needs,
  store: PasskeyStore,
  challenges: PasskeyChallenges,
) {
  const signed = async (userId: string, kind: 'second_factor' | 'step_up', subject: string) => {
    const allowed = await store.list(userId)
    if (allowed.length === 0) throw new AppError('not_found', { detail: 'The account has no passkey.' })
    const challenge = challenges.issue({ kind, subject })
    return { challenge, options: signatureOptions(party, challenge, allowed, 'preferred') }
  }

  return {
    /**
     * @returns the argument of `PublicKeyCredential.parseRequestOptionsFromJSON`; valid for 5 minutes
     * @throws unauthenticated, invalid_grant, not_found for an account without a passkey
     */
    async signatureOptions(
      caller: Caller,
      wanted: OptionsWanted,
    ): Promise<{ challenge: string; options: object }> {
      if (wanted.purpose === 'sign_in') {
        const challenge = challenges.issue({ kind: 'sign_in', subject: '' })
        return { challenge, options: signatureOptions(party, challenge, [], 'required') }
      }
      if (wanted.purpose === 'second_factor') {
        const userId = await challengeOwner(wanted.challenge)
        if (userId === undefined) throw new AppError('invalid_grant')
        return signed(userId, 'second_factor', sha256(wanted.challenge))
      }
      if (caller.kind !== 'user' || caller.userId === null) throw new AppError('unauthenticated')
      return signed(caller.userId, 'step_up', caller.userId)
    },

    /** The user whose passkey answered. @throws invalid_grant unless it answers this challenge */
    async identify(challenge: string, answer: PasskeyAnswer): Promise<Signed | Refused> {
      if (challengeOf(answer) !== challenge) throw new AppError('invalid_grant')
      const result = await signatures.check(answer, { kind: 'sign_in', subject: '' }, null)
      if ('refused' in result && result.refused === 'no_challenge') throw new AppError('invalid_grant')
      return result
    },
  }
}
