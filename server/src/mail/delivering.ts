/** Sends one leased mail and records the outcome. */
import { now } from '../clock.ts'
import type { Tx } from '../database/database.ts'
import { isOneOf } from '../encoding/one-of.ts'
import { type Language, languageOfUser } from '../html/language.ts'
import type { Log } from '../log/log.ts'
import type { Trace } from '../tracing/tracing.ts'
import type { Held, Leases } from './leases.ts'
import type { Delivery, Mail, Mailer } from './mailer.ts'
import { type MessageData, type Messages, messageNames } from './messages.ts'
import type { MailContent, Outbox } from './outbox.ts'
import type { OutboxRow } from './outbox-store.ts'
import type { Pace } from './pace.ts'
import { putOff } from './retries.ts'
import { createTurns, type Turn } from './turns.ts'

export type DeliveringNeeds = {
  outbox: Outbox
  messages: Messages
  mailer: Mailer
  log: Pick<Log, 'warn' | 'info'>
  trace: Trace
  /** Records in the transaction that a mail has failed. */
  gaveUp(tx: Tx, mail: { template: string; userId: string | null; reason: string }): Promise<void>
}

type Parts = {
  leases: Leases
  pace: Pace
  /** Whether mails that are not sent yet stay in the outbox. */
  isStopping(): boolean
  /** Aborts running deliveries. */
  signal: AbortSignal
}

export function createDelivering(
  { outbox, messages, mailer, log, trace, gaveUp }: DeliveringNeeds,
  { leases, pace, isStopping, signal }: Parts,
) {
  const nextTurn = createTurns()

  const send = async (held: Held): Promise<void> => {
    const { row } = held
    if (isStopping()) return settle(held, {})
    const content = read(row)
    if (content === undefined) return giveUp(held, null, 'unreadable')
    if (row.expires_at <= now()) return giveUp(held, content.userId, expired(row))
    if (content.to === null) return settle(held, sent())
    const { template } = row
    if (!isOneOf(messageNames, template)) throw new Error(`there is no mail ${template}`)
    const language = languageOfUser(content.locale)
    const message = messages.render(template, speaking(content.data, language), language)
    const turn = nextTurn()
    try {
      await deliver(held, content.userId, { id: row.id, to: content.to, ...message }, turn)
    } finally {
      turn.end()
    }
  }

  const deliver = async (held: Held, userId: string | null, mail: Mail, turn: Turn): Promise<void> => {
    const mayEnd = () => turn.begin().then(() => leases.confirm(held))
    const delivery = await trace(
      { name: `mail ${held.row.template}`, kind: 'client', root: true },
      async (span) => {
        const result = await mailer.deliver(mail, mayEnd, signal)
        if (result.outcome !== 'sent') span?.end({ error: result.reason })
        return result
      },
    )
    if (delivery.outcome === 'sent') {
      notePace(delivery)
      return settle(held, sent())
    }
    if (held.isLost) return leases.abandon(held)
    if (signal.aborted) return settle(held, {})
    notePace(delivery)
    if (delivery.outcome === 'refused') return giveUp(held, userId, delivery.reason)
    return settle(held, putOff(held.row, delivery.outcome === 'deferred', delivery.reason))
  }

  const read = (row: OutboxRow): MailContent | undefined => {
    try {
      return outbox.contentOf(row)
    } catch {
      return undefined
    }
  }

  const notePace = (delivery: Delivery) => {
    if (delivery.outcome === 'unreachable') {
      if (pace.missed())
        log.warn({ event: 'mail.server_lost', reason: delivery.reason }, 'the mail server takes no mails')
    } else if (pace.reached()) {
      log.info({ event: 'mail.server_recovered' }, 'the mail server takes mails again')
    }
  }

  const giveUp = async (held: Held, userId: string | null, reason: string): Promise<void> => {
    const { id, template } = held.row
    log.warn({ event: 'mail.failed', mail_id: id, template, reason }, 'a mail failed permanently')
    const columns = { content: '', failed_at: now(), last_error: reason }
    await settle(held, columns, (tx) => gaveUp(tx, { template, userId, reason }))
  }

  const settle = async (
    held: Held,
    columns: Partial<OutboxRow>,
    more?: (tx: Tx) => Promise<void>,
  ): Promise<void> => {
    const error = await leases.settle(held, columns, signal, more)
    if (error === undefined) return
    const event = { event: 'mail.outbox_unreachable', mail_id: held.row.id, err: error }
    log.warn(event, 'how a mail ended could not be noted; it may be sent twice')
  }

  /** Never throws because of one mail: a mail that cannot be made is tried again later. */
  return (held: Held): Promise<void> =>
    send(held).catch((error) => {
      log.warn({ event: 'mail.not_sent', mail_id: held.row.id, err: error }, 'a mail could not be made')
      return settle(held, putOff(held.row, true, 'not_made'))
    })
}

/** The link opens a page in the language of the user, because only the user has the link. */
function speaking(data: MessageData, language: Language | undefined): MessageData {
  if (data.link === undefined || language === undefined) return data
  const link = new URL(data.link)
  link.searchParams.set('lang', language)
  return { ...data, link: link.href }
}

function expired({ last_error: last }: OutboxRow): string {
  return last === null ? 'expired' : `expired, last ${last}`
}

function sent(): Partial<OutboxRow> {
  return { content: '', sent_at: now(), last_error: null }
}
