/** The tables `webhooks` and `webhook_secrets`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { WebhookSecretsTable } from '../../database/schema/schema.ts'
import type { WebhookRow } from './webhook.ts'

export type SecretRow = Selectable<WebhookSecretsTable>

export function createWebhookStore({ read, dialect }: Database) {
  return {
    async insert(tx: Tx, row: WebhookRow): Promise<void> {
      await tx.insertInto('webhooks').values(row).execute()
    },

    async find(id: string): Promise<WebhookRow | undefined> {
      return read.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
    },

    async findForChange(tx: Tx, id: string): Promise<WebhookRow | undefined> {
      return dialect.locked(tx.selectFrom('webhooks').selectAll().where('id', '=', id)).executeTakeFirst()
    },

    /** Newest first. */
    async list(limit: number, beforeId: string | null, direction: 'next' | 'prev'): Promise<WebhookRow[]> {
      const forward = direction === 'next'
      let query = read.selectFrom('webhooks').selectAll()
      if (beforeId !== null) query = query.where('id', forward ? '<' : '>', beforeId)
      const rows = await query
        .orderBy('id', forward ? 'desc' : 'asc')
        .limit(limit)
        .execute()
      return forward ? rows : rows.reverse()
    },

    /** The webhooks that receive events. Their number is limited. */
    async listEnabled(): Promise<WebhookRow[]> {
      return read.selectFrom('webhooks').selectAll().where('disabled_at', 'is', null).execute()
    },

    async count(tx: Tx): Promise<number> {
      const { count } = await tx
        .selectFrom('webhooks')
        .select((at) => at.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    async update(tx: Tx, id: string, changes: Partial<WebhookRow>): Promise<void> {
      await tx.updateTable('webhooks').set(changes).where('id', '=', id).execute()
    },

    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('webhooks').where('id', '=', id).execute()
    },

    async insertSecret(tx: Tx, row: SecretRow): Promise<void> {
      await tx.insertInto('webhook_secrets').values(row).execute()
    },

    /** Oldest first. */
    async listSecrets(webhookId: string, from: Tx | Database['read'] = read): Promise<SecretRow[]> {
      return from
        .selectFrom('webhook_secrets')
        .selectAll()
        .where('webhook_id', '=', webhookId)
        .orderBy('id')
        .execute()
    },

    async deleteSecret(tx: Tx, webhookId: string, id: string): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('webhook_secrets')
        .where('webhook_id', '=', webhookId)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

export type WebhookStore = ReturnType<typeof createWebhookStore>
