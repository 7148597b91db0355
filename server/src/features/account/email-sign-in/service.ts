/**
 * Signing in by mail. The caller gets a challenge, the mail has a code and a link with a token. Both open the
 * account only together with the challenge: a mail that was forwarded, or a link that a mail scanner opened, is of no use
 * elsewhere. An address without an account gets a challenge as well, which no code fits.
 */

import { timingSafeEqual } from 'node:crypto'
import { unknownUserId } from '../../../caller.ts'
import { fromNow, newBytes, newSecret, now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import type { MailBudgets } from '../mail-budgets.ts'
import { createEmailSignInStore, type EmailSignInRow } from './store.ts'

export const emailSignInSeconds = 600
const attemptsPerChallenge = 5
const validity = '10 minutes'

export type EmailAnswer = { challenge: string } & ({ email_code: string } | { email_token: string })
/** What the page that asked wants to be kept for the page that the link opens. */
export type LinkOptions = { returnTo: string | null; sharedComputer: boolean }
/** What the mail says. */
export type SignInMail = { code: string; link: string; validity: string; expiresAt: string }

type Needs = {
  database: Database
  publicUrl: string
  budgets: Pick<MailBudgets, 'mayTryCode' | 'codeWasRight'>
  /** Keeps the user as they are until the transaction ends: the first lock, as everywhere. */
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

    /** Notes the challenge, in the transaction that notes the request for the mail. */
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
     * Makes the code and the link of the challenge. Without an account both are made as well, and open nothing.
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
      return { code, link: linkOf(token, options), validity, expiresAt }
    },

    /** Whose sign-in the answer fits, without using it up; null when it fits none. */
    async ownerOf(answer: EmailAnswer): Promise<string | null> {
      const row = await store.find(database.read, sha256(answer.challenge))
      return row && isOpen(row) && fits(row, answer) ? row.user_id : null
    },

    /**
     * Uses the challenge up when the answer fits it. A wrong answer is counted for the challenge, a wrong code also for the
     * account, which opens by link alone after ten a day. The transaction must be committed in every case.
     * @returns whose sign-in it is and the address that the mail went to; `over` for a challenge that is unknown or used up
     */
    async redeem(
      tx: Tx,
      answer: EmailAnswer,
    ): Promise<{ userId: string; emailKey: string } | { failed: 'wrong' | 'over'; userId: string | null }> {
      const hash = sha256(answer.challenge)
      const found = await store.find(tx, hash)
      const userId = found?.user_id ?? null
      // The same work without an account.
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

    /** The mails that were sent to a user open nothing any more. */
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

/** The challenge is stored as a hash alone, so a copy of the database does not tell the code. */
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
