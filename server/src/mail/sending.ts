/**
 * Sends the mails of the outbox. Replicas share the work: a mail is leased before it is sent, and marked as sent after
 * the server has accepted it. After a crash in between it is sent again with the same `Message-ID`, and never lost.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createWorker } from '../background/worker.ts'
import { jitter, now } from '../clock.ts'
import type { Database, Tx } from '../database/database.ts'
import { isOneOf } from '../encoding/one-of.ts'
import { type Language, languageOfUser } from '../html/language.ts'
import type { Log } from '../log/log.ts'
import type { Trace } from '../tracing/tracing.ts'
import { createLeases, type Held } from './leases.ts'
import type { Delivery, Mail, Mailer } from './mailer.ts'
import { type MessageData, type Messages, messageNames } from './messages.ts'
import type { MailContent, Outbox } from './outbox.ts'
import type { OutboxRow } from './outbox-store.ts'
import { createPace } from './pace.ts'
import { putOff } from './retries.ts'
import { createTurns, type Turn } from './turns.ts'

/** The seconds until other replicas take over after a crash. */
const usualLeaseSeconds = 8
const pollMs = 2_000
const stopMs = 5_000

type Needs = {
  database: Database
  outbox: Outbox
  messages: Messages
  mailer: Mailer
  log: Pick<Log, 'warn' | 'info'>
  leaseSeconds?: number
  trace: Trace
  /** Records in the transaction that a mail has failed. */
  gaveUp(tx: Tx, mail: { template: string; userId: string | null; reason: string }): Promise<void>
}

export type Sending = {
  /** Waits a few seconds for running deliveries, and releases the other leases immediately. */
  stop(): Promise<void>
}

export function startSending(needs: Needs): Sending {
  const { outbox, mailer, log, leaseSeconds = usualLeaseSeconds } = needs
  const leases = createLeases({ database: needs.database, store: outbox.store, leaseSeconds })
  const pace = createPace(mailer.width)
  const nextTurn = createTurns()
  const aborting = new AbortController()
  const running = new Set<Promise<void>>()
  let stopping = false

  /** Starts as many deliveries as allowed. */
  const fill = async (): Promise<void> => {
    const free = pace.width() - running.size
    if (free <= 0) return
    if (pace.pauseMs() > 0) return worker.wake(pace.pauseMs())
    for (const held of await leases.claim(free, now())) start(held)
  }
  const worker = createWorker({
    work: fill,
    pollMs: () => pollMs,
    failed: (error) =>
      log.warn({ event: 'mail.outbox_unreachable', err: error }, 'the outbox cannot be read'),
  })

  const start = (held: Held) => {
    const work = send(held)
      .catch((error) => {
        log.warn({ event: 'mail.not_sent', mail_id: held.row.id, err: error }, 'a mail could not be made')
        return settle(held, putOff(held.row, true, 'not_made'))
      })
      .finally(() => {
        running.delete(work)
        worker.wake()
      })
    running.add(work)
  }

  const send = async (held: Held): Promise<void> => {
    const { row } = held
    if (stopping) return settle(held, {})
    const content = read(row)
    if (content === undefined) return giveUp(held, null, 'unreadable')
    if (row.expires_at <= now()) return giveUp(held, content.userId, expired(row))
    if (content.to === null) return settle(held, sent())
    const { template } = row
    if (!isOneOf(messageNames, template)) throw new Error(`there is no mail ${template}`)
    const language = languageOfUser(content.locale)
    const message = needs.messages.render(template, speaking(content.data, language), language)
    const turn = nextTurn()
    try {
      await deliver(held, content.userId, { id: row.id, to: content.to, ...message }, turn)
    } finally {
      turn.end()
    }
  }

  const deliver = async (held: Held, userId: string | null, mail: Mail, turn: Turn): Promise<void> => {
    const mayEnd = () => turn.begin().then(() => leases.confirm(held))
    const delivery = await needs.trace(
      { name: `mail ${held.row.template}`, kind: 'client', root: true },
      async (span) => {
        const result = await mailer.deliver(mail, mayEnd, aborting.signal)
        if (result.outcome !== 'sent') span?.end({ error: result.reason })
        return result
      },
    )
    if (delivery.outcome === 'sent') {
      notePace(delivery)
      return settle(held, sent())
    }
    if (held.isLost) return leases.abandon(held)
    if (aborting.signal.aborted) return settle(held, {})
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
    await settle(held, columns, (tx) => needs.gaveUp(tx, { template, userId, reason }))
  }

  const settle = async (
    held: Held,
    columns: Partial<OutboxRow>,
    more?: (tx: Tx) => Promise<void>,
  ): Promise<void> => {
    const error = await leases.settle(held, columns, aborting.signal, more)
    if (error === undefined) return
    const event = { event: 'mail.outbox_unreachable', mail_id: held.row.id, err: error }
    log.warn(event, 'how a mail ended could not be noted; it may be sent twice')
  }

  // A random delay, so that the response times of the next requests do not reveal whether there was a mail to send.
  const stopListening = outbox.onWake(() => worker.wake(20 + jitter() * 200))
  worker.start()
  return {
    async stop() {
      stopping = true
      stopListening()
      await worker.stop()
      const all = Promise.allSettled([...running])
      await Promise.race([all, sleep(stopMs, undefined, { ref: false })])
      aborting.abort()
      await all
      leases.stop()
      mailer.close()
    },
  }
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
