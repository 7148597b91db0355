/** Verifies that a passkey signed a challenge, for the purpose of the challenge. */

import { now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import type { PasskeyAnswer } from '../../../factor-answers.ts'
import type { PasskeyChallenges, Purpose } from './challenges.ts'
import type { PasskeyStore } from './store.ts'
import { challengeOf, type RelyingParty, readSignature, userHandleOf } from './webauthn.ts'

/** `accept` records the use in the transaction that relies on it, and returns whether the passkey is still valid there. */
export type Signed = { userId: string; accept(tx: Tx): Promise<boolean> }

/**
 * `no_challenge`: the challenge is unknown, has another purpose, has expired or was used. `unknown`: there is no such
 * passkey.
 */
export type Refused = { refused: 'no_challenge' | 'unknown' | 'wrong'; userId: string | null }

type Needs = {
  party: RelyingParty
  database: Database
  /** Unlocks an app that is refused after too many wrong codes. */
  forgetWrongCodes(tx: Tx, userId: string): Promise<void>
}

export type PasskeyVerification = ReturnType<typeof createPasskeyVerification>

export function createPasskeyVerification(
  { party, database, forgetWrongCodes }: Needs,
  store: PasskeyStore,
  challenges: PasskeyChallenges,
) {
  return {
    /**
     * Uses the challenge up, also if the signature is wrong.
     * @param userId the required user of the passkey; null: any user, and the authenticator must verify the user
     */
    async check(answer: PasskeyAnswer, purpose: Purpose, userId: string | null): Promise<Signed | Refused> {
      const challenge = challengeOf(answer)
      const isUsable =
        challenge !== undefined &&
        (await database.transaction((tx) => challenges.use(tx, challenge, purpose)))
      if (!isUsable) return { refused: 'no_challenge', userId }
      const passkey = await store.findByCredential(answer.id)
      if (!passkey || (userId !== null && passkey.user_id !== userId)) return { refused: 'unknown', userId }
      const owner = passkey.user_id
      if (!isHandleOf(owner, answer.response.userHandle)) return { refused: 'wrong', userId: owner }
      const signature = await readSignature(party, answer, {
        ...{ challenge, passkey },
        requireUserVerification: userId === null,
      })
      if (!signature) return { refused: 'wrong', userId: owner }
      return {
        userId: owner,
        async accept(tx) {
          const isUsed = await store.use(tx, passkey.id, {
            counter: signature.counter,
            last_used_at: now(),
            backed_up_at: signature.isBackedUp ? (passkey.backed_up_at ?? now()) : null,
          })
          if (isUsed) await forgetWrongCodes(tx, owner)
          return isUsed
        },
      }
    },
  }
}

/** Some authenticators store no user handle and send none. */
function isHandleOf(userId: string, handle: string | null | undefined): boolean {
  return !handle || Buffer.from(handle, 'base64url').equals(userHandleOf(userId))
}
