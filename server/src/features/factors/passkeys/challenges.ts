/**
 * The challenges that passkeys sign. A challenge contains its expiry and a message authentication code over its purpose,
 * so creating one writes nothing. Only the answer is stored, so that of several concurrent answers one is accepted.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { instant, newBytes, nowMs } from '../../../clock.ts'
import type { Tx } from '../../../database/database.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import type { PasskeyStore } from './store.ts'

/** The purpose of the answer. `subject` binds it to a user, a sign-in or a session. */
export type Purpose = {
  kind: 'registration' | 'sign_in' | 'second_factor' | 'step_up'
  subject: string
}

const lifetimeMs = 5 * 60_000
const endBytes = 6
const chanceBytes = 16
const bodyBytes = endBytes + chanceBytes
const codeBytes = 16

export type PasskeyChallenges = ReturnType<typeof createPasskeyChallenges>

export function createPasskeyChallenges(key: KeyObject, store: Pick<PasskeyStore, 'useChallenge'>) {
  const codeOf = (body: Buffer, { kind, subject }: Purpose) =>
    createHmac('sha256', key)
      .update(JSON.stringify([body.toString('base64url'), kind, subject]))
      .digest()
      .subarray(0, codeBytes)

  return {
    /** @returns the challenge in base64url, valid for 5 minutes */
    issue(purpose: Purpose): string {
      const body = Buffer.alloc(bodyBytes)
      body.writeUIntBE(nowMs() + lifetimeMs, 0, endBytes)
      newBytes(chanceBytes).copy(body, endBytes)
      return Buffer.concat([body, codeOf(body, purpose)]).toString('base64url')
    },

    /** Uses a challenge up. @returns false when it is forged, for another purpose, expired or used */
    async use(tx: Tx, challenge: string, purpose: Purpose): Promise<boolean> {
      const bytes = Buffer.from(challenge, 'base64url')
      if (bytes.length !== bodyBytes + codeBytes || bytes.toString('base64url') !== challenge) return false
      const body = bytes.subarray(0, bodyBytes)
      if (!timingSafeEqual(codeOf(body, purpose), bytes.subarray(bodyBytes))) return false
      const endMs = body.readUIntBE(0, endBytes)
      if (endMs <= nowMs()) return false
      // A used challenge is stored for longer than it is valid, because the clocks of replicas differ.
      return store.useChallenge(tx, { hash: sha256(challenge), expires_at: instant(endMs + lifetimeMs) })
    },
  }
}
