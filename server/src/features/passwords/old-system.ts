/**
 * Asks the old system of imported users whether a password is right. This applies only to accounts that an import marked,
 * and only until the first right password, which is then stored as our own hash.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { jitter, monotonicMs, newId, nowMs } from '../../clock.ts'
import type { Egress } from '../../egress/egress.ts'
import { signedHeaders } from '../../egress/signing.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import { AppError, thrown } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import type { UserLookup } from '../users/lookup.ts'

/**
 * The mark that is stored instead of a hash while only the old system can verify the password. No password has this
 * hash.
 */
export const oldSystemMark = '$old-system$'

/** The maximum of concurrent requests: a slow system must not delay other sign-ins. */
const maxAsking = 32
const maxAnswerBytes = 4096
/** The number of last refusals of the old system whose duration is stored. */
const remembered = 64

export type OldSystemUser = {
  id: string
  username: string
  email: string | null
  external_id: string | null
  metadata: Record<string, unknown>
}

export type OldSystemNeeds = {
  url: string | null
  secret: string | null
  timeoutMs: number
  log: Log
  fetch: Egress['fetch']
  findUser: UserLookup['findUser']
}

export function createOldSystem({ url, secret, timeoutMs, log, fetch, findUser }: OldSystemNeeds) {
  const durations: number[] = []
  let asking = 0

  const ask = async (to: string, user: OldSystemUser, password: string): Promise<boolean> => {
    const { id, username, email, external_id, metadata } = user
    const previous = metadata['previous_username']
    const body = JSON.stringify({
      ...{ user_id: id, external_id, username },
      previous_username: typeof previous === 'string' ? previous : null,
      ...{ email, password },
    })
    const answer = await fetch(to, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...signedHeaders([secret ?? ''], { id: newId(), seconds: Math.floor(nowMs() / 1000), body }),
      },
      ...{ body, timeoutMs, maxBytes: maxAnswerBytes },
    })
    const said: unknown = answer.status === 200 ? await answer.json() : undefined
    const { valid } = isJsonObject(said) ? said : {}
    if (typeof valid !== 'boolean') throw new Error(`status ${answer.status} without "valid"`)
    return valid
  }

  return {
    isKnown: url !== null,

    /** @throws overloaded when the old system does not answer, so that the attempt does not count as a wrong password */
    async verify(userId: string, password: string): Promise<boolean> {
      const user = url === null ? undefined : await findUser(userId)
      if (url === null || !user) return false
      if (asking >= maxAsking) throw unavailable()
      const startedMs = monotonicMs()
      asking += 1
      try {
        const valid = await ask(url, user, password)
        if (!valid && durations.push(monotonicMs() - startedMs) > remembered) durations.shift()
        return valid
      } catch (error) {
        log.warn({ reason: thrown(error).message, user_id: userId }, 'the old system verified no password')
        throw unavailable()
      } finally {
        asking -= 1
      }
    },

    /**
     * Delays any other refusal for as long as one of the last refusals of the old system took, so that the response
     * time does not reveal the accounts that it verifies.
     */
    async pad(): Promise<void> {
      const like = durations[Math.floor(jitter() * durations.length)]
      if (like !== undefined) await sleep(like)
    },
  }
}

function unavailable(): AppError {
  return new AppError('overloaded', {
    detail: 'The system that verifies the password of this account does not answer. Try again later.',
    retryAfterSeconds: 5,
  })
}
