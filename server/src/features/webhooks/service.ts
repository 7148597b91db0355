/** Webhooks: registered, changed and removed by administrators. Their secrets are shown once and stored encrypted. */

import type { AuditLog, EventType, NewAuditEvent } from '../../audit-events.ts'
import { type Caller, needToGrant } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { newWebhookSecret } from '../../egress/signing.ts'
import { jsonText } from '../../encoding/json-text.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import type { IdPage } from '../../page.ts'
import type { Idempotency } from '../idempotency/service.ts'
import type { SecretRow, WebhookStore } from './store.ts'
import { type Webhook, type WebhookFields, type WebhookRow, webhookOf } from './webhook.ts'

export type NewWebhook = Partial<WebhookFields> & { url: string }
export type VersionedWebhook = { webhook: Webhook; version: number }
export type WebhookSecret = { id: string; created_at: string }

export type WebhookNeeds = Sealing & {
  database: Database
  audit: AuditLog
  /** The reason why nothing may be sent to this URL; the name is not resolved. */
  refusalOf(url: string): string | null
  /** The end of the event feed. */
  endOfFeed(): Promise<number>
  noteCreated: Idempotency['note']
}

const maxWebhooks = 50
/** Two, so that a secret can be replaced without an interruption. */
const maxSecrets = 2
/** Ports of services that would interpret an HTTP request as their own commands. */
const closedPorts = new Set([3306, 5432, 6379, 9200, 11211, 27017])

export type Webhooks = ReturnType<typeof createWebhooks>

export function createWebhooks(needs: WebhookNeeds, store: WebhookStore) {
  const { database, audit } = needs

  /** A webhook shows events. @throws permission_not_held */
  const mayCreate = (caller: Caller): void => needToGrant(caller, ['events:read'])
  const check = (fields: Pick<WebhookFields, 'url'>): void => {
    const fault = faultOfUrl(fields.url, needs.refusalOf)
    if (fault) throw invalidInput([fault])
  }
  const addSecret = async (tx: Tx, webhookId: string): Promise<{ row: SecretRow; secret: string }> => {
    const secret = newWebhookSecret()
    const id = newId()
    const row = { id, webhook_id: webhookId, secret: needs.seal(secret, contextOf(id)), created_at: now() }
    await store.insertSecret(tx, row)
    return { row, secret }
  }
  const hold = async (tx: Tx, id: string): Promise<WebhookRow> => {
    const row = await store.findForChange(tx, id)
    if (!row) throw new AppError('not_found')
    return row
  }
  const event = (type: EventType, id: string, changes?: Record<string, unknown>): NewAuditEvent => ({
    type,
    target: { kind: 'webhook', id },
    ...(changes && { changes }),
  })

  return {
    mayCreate,

    /** The webhook receives events from now on. @returns the secret, which is not shown again */
    async create(caller: Caller, given: NewWebhook): Promise<VersionedWebhook & { secret: string }> {
      mayCreate(caller)
      check(given)
      const { url, description = '', events = ['*'], enabled = true } = given
      const at = now()
      const row: WebhookRow = {
        id: newId(),
        url,
        description,
        events: jsonText(events),
        position: await needs.endOfFeed(),
        disabled_at: enabled ? null : at,
        disabled_reason: enabled ? null : 'manual',
        failing_since: null,
        created_by: caller.userId,
        version: 1,
        created_at: at,
        updated_at: at,
      }
      const secret = await database.transaction(async (tx) => {
        if ((await store.count(tx)) >= maxWebhooks)
          throw new AppError('webhook_limit', { detail: `There are ${maxWebhooks} webhooks already.` })
        await needs.noteCreated(tx, caller, row.id)
        await store.insert(tx, row)
        await audit.record(tx, caller, event('webhook.created', row.id))
        return (await addSecret(tx, row.id)).secret
      })
      return { webhook: webhookOf(row), version: 1, secret }
    },

    async list(page: IdPage): Promise<Webhook[]> {
      return (await store.list(page.limit, page.position, page.direction)).map(webhookOf)
    },

    async get(id: string): Promise<VersionedWebhook> {
      const row = await store.find(id)
      if (!row) throw new AppError('not_found')
      return { webhook: webhookOf(row), version: row.version }
    },

    /** When it is enabled again, it continues at its position, as far as the feed reaches back. */
    async change(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      changes: Partial<WebhookFields>,
    ): Promise<VersionedWebhook> {
      mayCreate(caller)
      if (changes.url !== undefined) check({ url: changes.url })
      return database.transaction(async (tx) => {
        const current = await hold(tx, id)
        checkIfMatch(ifMatch, current.version)
        const { url, description, events, enabled } = { ...webhookOf(current), ...changes }
        const at = now()
        const wasEnabled = current.disabled_at === null
        const next: WebhookRow = {
          ...current,
          url,
          description,
          events: jsonText(events),
          ...(enabled === wasEnabled
            ? {}
            : {
                disabled_at: enabled ? null : at,
                disabled_reason: enabled ? null : 'manual',
                failing_since: null,
              }),
          version: current.version + 1,
          updated_at: at,
        }
        await store.update(tx, id, next)
        await audit.record(tx, caller, event('webhook.updated', id, { fields: Object.keys(changes).sort() }))
        return { webhook: webhookOf(next), version: next.version }
      })
    },

    async delete(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      await database.transaction(async (tx) => {
        checkIfMatch(ifMatch, (await hold(tx, id)).version)
        await store.delete(tx, id)
        await audit.record(tx, caller, event('webhook.deleted', id))
      })
    },

    async listSecrets(id: string): Promise<WebhookSecret[]> {
      await this.get(id)
      return (await store.listSecrets(id)).map(({ id, created_at }) => ({ id, created_at }))
    },

    /** Messages are signed with both secrets until one is deleted. @throws secret_not_allowed */
    async addSecret(caller: Caller, id: string): Promise<WebhookSecret & { secret: string }> {
      needToGrant(caller, ['events:read'])
      return database.transaction(async (tx) => {
        await hold(tx, id)
        if ((await store.listSecrets(id, tx)).length >= maxSecrets)
          throw new AppError('secret_not_allowed', {
            detail: `A webhook has at most ${maxSecrets} secrets. Delete the old one first.`,
          })
        const { row, secret } = await addSecret(tx, id)
        await audit.record(tx, caller, event('webhook.secret_created', id, { secret_id: row.id }))
        return { id: row.id, created_at: row.created_at, secret }
      })
    },

    async deleteSecret(caller: Caller, id: string, secretId: string): Promise<void> {
      await database.transaction(async (tx) => {
        await hold(tx, id)
        const secrets = await store.listSecrets(id, tx)
        if (!secrets.some((secret) => secret.id === secretId)) throw new AppError('not_found')
        if (secrets.length === 1)
          throw new AppError('secret_not_allowed', {
            detail: 'A webhook needs a secret. Add the new one first.',
          })
        await store.deleteSecret(tx, id, secretId)
        await audit.record(tx, caller, event('webhook.secret_revoked', id, { secret_id: secretId }))
      })
    },

    /** The secrets that sign messages, newest first. */
    async secretsOf(id: string): Promise<string[]> {
      const rows = await store.listSecrets(id)
      return rows.map((row) => needs.open(row.secret, contextOf(row.id))).reverse()
    },
  }
}

function contextOf(secretId: string): string {
  return `webhook_secrets ${secretId}`
}

function faultOfUrl(text: string, refusalOf: WebhookNeeds['refusalOf']): Fault | undefined {
  const fault = (code: string, detail: string): Fault => ({ pointer: '/url', code, detail })
  const refusal = refusalOf(text)
  if (refusal === 'address_not_allowed') return fault(refusal, 'The address is not public.')
  if (refusal !== null) return fault(refusal, 'The URL must begin with https:// and carry no credentials.')
  const { port, hash } = new URL(text)
  if (hash !== '') return fault('url_not_allowed', 'The URL must not have a fragment.')
  const number = Number(port || 443)
  const isClosed = closedPorts.has(number) || (number < 1024 && number !== 80 && number !== 443)
  return isClosed ? fault('url_not_allowed', 'Nothing is sent to this port.') : undefined
}
