/**
 * Sends what is in the outbox. Replicas share the work: a mail is leased before it is sent. It is marked as sent after
 * the server took it, so a crash between the two sends it a second time, with the same `Message-ID`, and never loses it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fromNow, instant, jitter, monotonicMs, now, nowMs } from '../clock.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { Delivery, Mail, Mailer } from './mailer.ts'
import type { MessageName, Messages } from './messages.ts'
import type { MailContent, Outbox } from './outbox.ts'
import type { OutboxRow } from './outbox-store.ts'
import { createPace } from './pace.ts'
import { createTurns, type Turn } from './turns.ts'

/** Longer than a delivery may take. */
const leaseSeconds = 60
const pollMs = 2_000
/** A mail that is put off waits 5 s, 20 s, 80 s … an hour. */
const firstWaitSeconds = 5
const longestWaitSeconds = 3600
const stopMs = 5_000

type Needs = {
  database: Database
  outbox: Outbox
  messages: Messages
  mailer: Mailer
  log: Pick<Log, 'warn' | 'info'>
  /** Notes in the transaction that a mail was given up. */
  gaveUp(tx: Tx, mail: { template: string; userId: string | null; reason: string }): Promise<void>
}

export type Sending = {
  /** Lets what is being delivered finish for a few seconds; what remains is free for others at once. */
  stop(): Promise<void>
}

export function startSending(needs: Needs): Sending {
  const { database, outbox, mailer, log } = needs
  const { store } = outbox
  const pace = createPace(mailer.width)
  const nextTurn = createTurns()
  const aborting = new AbortController()
  const running = new Set<Promise<void>>()
  let stopping = false
  let claiming: Promise<OutboxRow[]> | undefined
  let timer: NodeJS.Timeout | undefined
  let timerAtMs = Number.POSITIVE_INFINITY

  /** Looks for mails in so many milliseconds, or before. */
  const look = (inMs: number) => {
    const atMs = monotonicMs() + inMs
    if (stopping || atMs >= timerAtMs) return
    clearTimeout(timer)
    timerAtMs = atMs
    timer = setTimeout(() => {
      timerAtMs = Number.POSITIVE_INFINITY
      void fill()
    }, inMs).unref()
  }

  /** Starts as many deliveries as there is room and work for. */
  const fill = async (): Promise<void> => {
    const free = pace.width() - running.size
    if (stopping || claiming || free <= 0) return
    if (pace.pauseMs() > 0) return look(pace.pauseMs())
    claiming = claim(free).catch((error) => {
      log.warn({ event: 'mail.outbox_unreachable', err: error }, 'the outbox cannot be read')
      return []
    })
    for (const row of await claiming) start(row)
    claiming = undefined
    look(pollMs)
  }

  const claim = async (limit: number): Promise<OutboxRow[]> => {
    if (!(await store.hasDue(now()))) return []
    return database.transaction((tx) => store.claim(tx, now(), fromNow(leaseSeconds), limit))
  }

  const start = (row: OutboxRow) => {
    const work = send(row)
      .catch((error) => {
        log.warn({ event: 'mail.not_sent', mail_id: row.id, err: error }, 'a mail could not be made')
        return settle(row, putOff(row, true, 'not_made'))
      })
      .finally(() => {
        running.delete(work)
        void fill()
      })
    running.add(work)
  }

  const send = async (row: OutboxRow): Promise<void> => {
    if (stopping) return settle(row, { leased_until: null })
    const content = read(row)
    if (content === undefined) return giveUp(row, null, 'unreadable')
    if (row.expires_at <= now()) return giveUp(row, content.userId, expired(row))
    if (content.to === null) return settle(row, sent())
    const message = needs.messages.render(row.template as MessageName, content.data)
    const turn = nextTurn()
    try {
      await deliver(row, content.userId, { id: row.id, to: content.to, ...message }, turn)
    } finally {
      turn.end()
    }
  }

  const deliver = async (row: OutboxRow, userId: string | null, mail: Mail, turn: Turn): Promise<void> => {
    const delivery = await mailer.deliver(mail, turn.begin, aborting.signal)
    if (aborting.signal.aborted && delivery.outcome !== 'sent') return settle(row, { leased_until: null })
    notePace(delivery)
    if (delivery.outcome === 'sent') return settle(row, sent())
    if (delivery.outcome === 'refused') return giveUp(row, userId, delivery.reason)
    return settle(row, putOff(row, delivery.outcome === 'deferred', delivery.reason))
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

  const giveUp = async (row: OutboxRow, userId: string | null, reason: string): Promise<void> => {
    const { template } = row
    log.warn({ event: 'mail.failed', mail_id: row.id, template, reason }, 'a mail was given up')
    const columns = { content: '', failed_at: now(), leased_until: null, last_error: reason }
    await settle(row, columns, (tx) => needs.gaveUp(tx, { template, userId, reason }))
  }

  /** Writes how it ended, again and again while the lease lasts: what is not written would be sent twice. */
  const settle = async (
    row: OutboxRow,
    columns: Partial<OutboxRow>,
    more: (tx: Tx) => Promise<void> = async () => {},
  ): Promise<void> => {
    const untilMs = monotonicMs() + leaseSeconds * 1000
    for (;;) {
      try {
        return await database.transaction(async (tx) => {
          await store.update(tx, row.id, columns)
          await more(tx)
        })
      } catch (error) {
        if (monotonicMs() > untilMs || aborting.signal.aborted) {
          const event = { event: 'mail.outbox_unreachable', mail_id: row.id, err: error }
          log.warn(event, 'how a mail ended could not be noted; it may be sent twice')
          return
        }
      }
      await sleep(500)
    }
  }

  // A mail is queued a moment before its transaction commits. To wait by chance also keeps the work of sending from
  // telling, by the time that the next answers take, whether there was something to send.
  const stopListening = outbox.onWake(() => look(20 + jitter() * 200))
  look(0)
  return {
    async stop() {
      stopping = true
      stopListening()
      clearTimeout(timer)
      await claiming
      const all = Promise.allSettled([...running])
      await Promise.race([all, sleep(stopMs, undefined, { ref: false })])
      aborting.abort()
      await all
      mailer.close()
    },
  }
}

function expired({ last_error: last }: OutboxRow): string {
  return last === null ? 'expired' : `expired, last ${last}`
}

function sent(): Partial<OutboxRow> {
  return { content: '', sent_at: now(), leased_until: null, last_error: null }
}

/** When to try again: ever later when it is about this mail; soon when the server takes none, for all of them pause then. */
function putOff(row: OutboxRow, isOwn: boolean, reason: string): Partial<OutboxRow> {
  const attempts = isOwn ? row.attempts + 1 : row.attempts
  const seconds = isOwn
    ? Math.min(longestWaitSeconds, firstWaitSeconds * 4 ** row.attempts)
    : firstWaitSeconds
  const waitMs = seconds * 1000 * (0.75 + jitter() / 2)
  return { attempts, next_attempt_at: instant(nowMs() + waitMs), leased_until: null, last_error: reason }
}
