/**
 * Sends deliveries. Replicas share the work: a delivery is leased before an attempt, by the clock of the database, for
 * longer than an attempt takes. After a crash between an answer and the write of its result, the message is sent again
 * with the same `webhook-id`; none is lost.
 */

import { fromNow, instant, jitter, monotonicMs, now, nowMs } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import type { Events } from '../../events/service.ts'
import type { DeliveryRow, DeliveryStore } from '../deliveries/store.ts'
import type { WebhookStore } from '../store.ts'
import type { WebhookRow } from '../webhook.ts'
import { type Attempt, type AttemptNeeds, attempt } from './attempt.ts'
import { dispatch } from './dispatching.ts'
import { createPaces } from './paces.ts'

export type SendingNeeds = AttemptNeeds & {
  database: Database
  events: Pick<Events, 'advance' | 'listAfter' | 'showAt' | 'onRecord'>
  secretsOf(webhookId: string): Promise<string[]>
  /** Records in the transaction that a webhook was disabled, and notifies administrators. */
  switchedOff(tx: Tx, webhook: WebhookRow, reason: 'failing' | 'gone'): Promise<void>
  log: { warn(fields: object, message: string): void }
}

/** Longer than an attempt with its queries and the write of its result. */
const leaseSeconds = 20
const pollMs = 1_000
const roundPauseMs = 20
/** The delays in seconds before the next attempts, about a day in total. */
const waits = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 36_000]
const patienceSeconds = 3 * 24 * 3600

export function createWebhookSending(needs: SendingNeeds, webhooks: WebhookStore, store: DeliveryStore) {
  const { database, events, log } = needs
  const paces = createPaces()
  const aborting = new AbortController()
  const running = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let timerAtMs = Number.POSITIVE_INFINITY
  let round: Promise<void> | undefined
  let isOn = false
  let stopListening = () => {}

  const look = (inMs: number): void => {
    const atMs = monotonicMs() + inMs
    if (!isOn || atMs >= timerAtMs) return
    clearTimeout(timer)
    timerAtMs = atMs
    timer = setTimeout(() => {
      timerAtMs = Number.POSITIVE_INFINITY
      if (round) return look(roundPauseMs)
      round = work()
        .catch((error) => log.warn({ event: 'webhooks.failed', err: error }, 'webhooks cannot be served now'))
        .finally(() => {
          round = undefined
          look(pollMs)
        })
    }, inMs).unref()
  }

  const work = async (): Promise<void> => {
    const enabled = await webhooks.listEnabled()
    if (enabled.length === 0) return
    const { position, hasMore } = await events.advance()
    let isMore = hasMore
    for (const webhook of enabled) {
      if (webhook.position < position)
        isMore =
          (await dispatch({ database, listEvents: events.listAfter }, webhooks, store, webhook)) || isMore
      const free = isOn ? paces.free(webhook.id) : 0
      if (free === 0 || !(await store.hasDue(webhook.id, now()))) continue
      const lease = { at: now(), seconds: leaseSeconds, limit: free }
      const rows = await database.transaction((tx) => store.claim(tx, webhook.id, lease))
      await begin(webhook, rows)
    }
    if (isMore) look(roundPauseMs)
  }

  const begin = async (webhook: WebhookRow, rows: readonly DeliveryRow[]): Promise<void> => {
    if (rows.length === 0) return
    const positions = rows.flatMap(({ position }) => position ?? [])
    const [shown, secrets] = await Promise.all([events.showAt(positions), needs.secretsOf(webhook.id)])
    for (const row of rows)
      start(
        webhook,
        row,
        secrets,
        shown.find(({ sequence }) => sequence === row.position),
      )
  }

  const start = (
    webhook: WebhookRow,
    row: DeliveryRow,
    secrets: readonly string[],
    event: object | undefined,
  ): void => {
    const end = paces.begin(webhook.id)
    const sent = send(webhook, row, secrets, event)
      .then(end, (error) => {
        end(false)
        if (!aborting.signal.aborted)
          log.warn(
            { event: 'webhook.not_sent', webhook_id: webhook.id, err: error },
            'a delivery was postponed',
          )
      })
      .finally(() => {
        running.delete(sent)
        look(roundPauseMs)
      })
    running.add(sent)
  }

  /** @returns whether the receiver accepted it */
  const send = async (
    webhook: WebhookRow,
    row: DeliveryRow,
    secrets: readonly string[],
    event: object | undefined,
  ): Promise<boolean> => {
    // The event is no longer in the feed.
    if (!event) {
      await settle(webhook, row, { failed_at: now() })
      return true
    }
    const message = { url: webhook.url, secrets, id: row.event_id, body: JSON.stringify(event) }
    const result = await attempt(needs, message, aborting.signal)
    await settle(webhook, row, outcomeOf(row, result), result)
    return result.error === null
  }

  const settle = (webhook: WebhookRow, row: DeliveryRow, outcome: Partial<DeliveryRow>, result?: Attempt) =>
    database.transaction(async (tx) => {
      if (!(await store.settle(tx, row.seq, row.leased_until ?? '', outcome)) || !result) return
      if (result.error === null && webhook.failing_since === null) return
      const current = await webhooks.findForChange(tx, webhook.id)
      if (!current || current.disabled_at !== null) return
      if (result.error === null) {
        if (current.failing_since !== null) await webhooks.update(tx, webhook.id, { failing_since: null })
        return
      }
      const since = current.failing_since ?? now()
      const reason = result.error === 'gone' ? 'gone' : since < fromNow(-patienceSeconds) ? 'failing' : null
      if (reason !== null) {
        const at = now()
        const off = { disabled_at: at, failing_since: since, updated_at: at, version: current.version + 1 }
        await webhooks.update(tx, webhook.id, { ...off, disabled_reason: reason })
        await needs.switchedOff(tx, current, reason)
      } else if (current.failing_since === null)
        await webhooks.update(tx, webhook.id, { failing_since: since })
    })

  return {
    start(): void {
      isOn = true
      stopListening = events.onRecord(() => look(roundPauseMs))
      look(0)
    },

    wake: () => look(0),

    /** Cancels running attempts; other replicas continue after the leases have ended. */
    async stop(): Promise<void> {
      isOn = false
      stopListening()
      clearTimeout(timer)
      await round
      const inTime = new Promise<void>((resolve) => setTimeout(resolve, 2_000).unref())
      await Promise.race([Promise.allSettled([...running]), inTime])
      aborting.abort()
      await Promise.allSettled([...running])
    },
  }
}

function outcomeOf(row: DeliveryRow, result: Attempt): Partial<DeliveryRow> {
  const { error } = result
  const at = now()
  const tried = { ...result, attempts: row.attempts + 1, last_attempt_at: at }
  if (error === null) return { ...tried, delivered_at: at }
  const seconds = waits[row.attempts]
  if (error === 'gone' || seconds === undefined) return { ...tried, failed_at: at }
  return { ...tried, next_attempt_at: instant(nowMs() + seconds * 1000 * (0.8 + jitter() * 0.4)) }
}
