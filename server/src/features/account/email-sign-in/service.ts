/**
 * Sign-in by mail. The client gets a challenge; the mail has a code and a link with a token. Both work only together with
 * the challenge, so a forwarded mail or a link opened by a mail scanner is useless to others. An address without an
 * account gets a challenge too, which no code matches.
 */

import { timingSafeEqual } from 'node:crypto'
import { unknownUserId } from '../../../caller.ts'
import { fromNow, newBytes, newSecret, now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import type { Duration } from '../../../mail/phrases.ts'
import type { MailBudgets } from '../mail-budgets.ts'
import { createEmailSignInStore, type EmailSignInRow } from './store.ts'

export const emailSignInSeconds = 600
const attemptsPerChallenge = 5

export type EmailAnswer = { challenge: string } & ({ email_code: string } | { email_token: string })
/** A value of the page that requested the mail, returned to the page that the link opens. */
export type LinkOptions = { returnTo: string | null; sharedComputer: boolean }
/** The content of the mail. */
export type SignInMail = { code: string; link: string; validity: Duration; expiresAt: string }

type Needs = {
  database: Database
  publicUrl: string
  budgets: Pick<MailBudgets, 'mayTryCode' | 'codeWasRight'>
  /** Locks the user until the transaction ends. Every transaction takes this lock first. */
  hold(tx: Tx, userId: string): Promise<unknown>
}

export type EmailSignIns = ReturnType<typeof createEmailSignIns>

export function createEmailSignIns({ database, publicUrl, budgets, hold }: Needs) {
  const store = createEmailSignInStore(database)

  const linkOf = (token: string, { returnTo, sharedComputer }: LinkOptions): string => {
    const url = new URL(`${publicUrl}/sign-in`)
    if (returnTo !== null) url.searchParams.set('return_to', returnTo)
    if (sharedComputer) url.searchParams.set('shared_computer', 'true')
    return `${url.href}#token=${token}`
  }

  return {
    newChallenge: (): string => `el_${newSecret()}`,

    /** Stores the challenge in the transaction that stores the request for the mail. */
    async begin(tx: Tx, challenge: string): Promise<void> {
      await store.insert(tx, {
        hash: sha256(challenge),
        user_id: null,
        email_key: null,
        code_hash: null,
        token_hash: null,
        attempts: 0,
        created_at: now(),
        expires_at: fromNow(emailSignInSeconds),
      })
    },

    /**
     * Creates the code and the link of the challenge. Without an account the code and the link are created too, but
     * never work.
     * @param account undefined when no account has the address
     */
    async fill(
      tx: Tx,
      { challenge, ...options }: LinkOptions & { challenge: string },
      account: { id: string; email_key: string } | undefined,
    ): Promise<SignInMail> {
      const code = newCode()
      const token = newSecret()
      const expiresAt = fromNow(emailSignInSeconds)
      await store.update(tx, sha256(challenge), {
        user_id: account?.id ?? null,
        email_key: account?.email_key ?? null,
        code_hash: codeHash(challenge, code),
        token_hash: sha256(token),
        expires_at: expiresAt,
      })
      return { code, link: linkOf(token, options), validity: { seconds: emailSignInSeconds }, expiresAt }
    },

    /** The user whose challenge matches the answer, without using it up; null if none matches. */
    async ownerOf(answer: EmailAnswer): Promise<string | null> {
      const row = await store.find(database.read, sha256(answer.challenge))
      return row && isOpen(row) && fits(row, answer) ? row.user_id : null
    },

    /**
     * Uses the challenge up if the answer matches. A wrong answer is counted for the challenge, a wrong code also for the
     * account: after ten a day only links work. The transaction must be committed in every case.
     * @returns the user and the address of the mail; `over` for a challenge that is unknown or used up
     */
    async redeem(
      tx: Tx,
      answer: EmailAnswer,
    ): Promise<{ userId: string; emailKey: string } | { failed: 'wrong' | 'over'; userId: string | null }> {
      const hash = sha256(answer.challenge)
      const found = await store.find(tx, hash)
      const userId = found?.user_id ?? null
      // Does the same work without an account.
      await hold(tx, userId ?? unknownUserId)
      const row = await store.findForChange(tx, hash)
      if (!row || !isOpen(row)) return { failed: 'over', userId }
      const isCode = 'email_code' in answer
      const mayTry = !isCode || (await budgets.mayTryCode(tx, userId ?? hash))
      if (!mayTry || !fits(row, answer) || row.user_id === null || row.email_key === null) {
        await store.update(tx, hash, { attempts: row.attempts + 1 })
        return { failed: 'wrong', userId }
      }
      await store.delete(tx, hash)
      if (isCode) await budgets.codeWasRight(tx, row.user_id)
      return { userId: row.user_id, emailKey: row.email_key }
    },

    /** Invalidates all sign-in mails of a user. */
    endAllIn: store.deleteOf,

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteExpired(tx, now(), limit)),
  }
}

/** Six digits. */
function newCode(): string {
  return String(newBytes(6).readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
}

/** The challenge is stored only as a hash, so a copy of the database does not reveal the code. */
function codeHash(challenge: string, code: string): string {
  return sha256(`${challenge} ${code}`)
}

function isOpen({ expires_at, attempts }: EmailSignInRow): boolean {
  return expires_at > now() && attempts < attemptsPerChallenge
}

function fits({ code_hash, token_hash }: EmailSignInRow, answer: EmailAnswer): boolean {
  if ('email_token' in answer) return isSame(token_hash, sha256(answer.email_token))
  return isSame(code_hash, codeHash(answer.challenge, answer.email_code.replace(/[\s-]/g, '')))
}

function isSame(stored: string | null, given: string): boolean {
  return stored !== null && timingSafeEqual(Buffer.from(stored), Buffer.from(given))
}
