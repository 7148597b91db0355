/**
 * Mails are queued in the transaction of the change that they report, and sent after it. So a mail exists exactly if the
 * change does, also after a crash. `sending.ts` sends them.
 */

import { fromNow, newId, now, nowMs } from '../clock.ts'
import type { Database, Tx } from '../database/database.ts'
import { type Sealing, sealedJson } from '../encoding/sealed-json.ts'
import type { MessageData, MessageName } from './messages.ts'
import { createOutboxStore, type OutboxRow } from './outbox-store.ts'

export type Urgency = keyof typeof priorities

const priorities = { link: 0, notice: 1, greeting: 2 } as const

export type NewMail = {
  template: MessageName
  /** null: a mail without a recipient. It takes the same work and is never sent, which hides whether the account exists. */
  to: { address: string } | null
  data: MessageData
  /** The language of the user; that of the installation by default. */
  locale?: string | null
  /** The time after which it is not sent any more, because its link has expired. */
  expiresAt: string
  /** The priority when many wait: a link that a user requested, a notice (the default), a greeting. */
  urgency?: Urgency
  /** The user of the account, for the audit event if it cannot be sent. */
  userId: string | null
}

/** The encrypted content of the row. */
export type MailContent = Pick<NewMail, 'to' | 'data' | 'locale' | 'userId'>

export type Outbox = ReturnType<typeof createOutbox>

const keptSeconds = 7 * 24 * 3600

export function createOutbox(
  needs: Sealing & {
    database: Database
  },
) {
  const { database } = needs
  const store = createOutboxStore(database)
  const contents = sealedJson<MailContent, [string]>(needs, (id) => `mail_outbox ${id}`)
  const listeners = new Set<() => void>()
  const wake = () => {
    for (const listener of listeners) listener()
  }
  return {
    store,

    /** Adds a mail in the transaction. It is sent soon after the commit. */
    async queue(tx: Tx, mail: NewMail): Promise<void> {
      const id = newId()
      await store.insert(tx, {
        id,
        template: mail.template,
        content: contents.seal(
          { to: mail.to, data: mail.data, locale: mail.locale ?? null, userId: mail.userId },
          id,
        ),
        created_at: now(),
        expires_at: mail.expiresAt,
        attempts: 0,
        priority: priorities[mail.urgency ?? 'notice'],
        next_attempt_at: now(),
        leased_until: null,
        sent_at: null,
        failed_at: null,
        last_error: null,
      })
      database.afterCommit(tx, wake)
    },

    /** The decrypted content of a row. @throws when it was encrypted with another secret key */
    contentOf: (row: OutboxRow): MailContent => contents.open(row.content, row.id),

    /** Wakes the sender, because there is a mail, or will be one after the commit. */
    wake,
    onWake(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    status: () => outboxStatus(database),

    /** Housekeeping: deletes mails a week after they were sent, failed or expired. */
    async deleteOld(limit: number): Promise<number> {
      const ids = await store.listDoneBefore(fromNow(-keptSeconds), limit)
      if (ids.length > 0) await database.transaction((tx) => store.delete(tx, ids))
      return ids.length
    },
  }
}

/** For metrics and `roster doctor`: the number and age of queued mails, and the number that failed in the last week. */
export async function outboxStatus(
  database: Database,
): Promise<{ queued: number; oldest_seconds: number; failed: number }> {
  const { queued, oldest_created_at: oldest, failed } = await createOutboxStore(database).status()
  const ageMs = oldest === null ? 0 : Math.max(0, nowMs() - Date.parse(oldest))
  return { queued, oldest_seconds: Math.round(ageMs / 1000), failed }
}
