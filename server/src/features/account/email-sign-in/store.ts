/** The table `email_sign_ins`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../../database/database.ts'
import type { EmailSignInsTable } from '../../../database/schema/schema.ts'

export type EmailSignInRow = Selectable<EmailSignInsTable>

export function createEmailSignInStore({ dialect }: Database) {
  return {
    async insert(tx: Tx, row: EmailSignInRow): Promise<void> {
      await tx.insertInto('email_sign_ins').values(row).execute()
    },

    async update(tx: Tx, hash: string, changes: Partial<EmailSignInRow>): Promise<void> {
      await tx.updateTable('email_sign_ins').set(changes).where('hash', '=', hash).execute()
    },

    async find(tx: Tx | Database['read'], hash: string): Promise<EmailSignInRow | undefined> {
      return tx.selectFrom('email_sign_ins').selectAll().where('hash', '=', hash).executeTakeFirst()
    },

    async findForChange(tx: Tx, hash: string): Promise<EmailSignInRow | undefined> {
      return dialect
        .locked(tx.selectFrom('email_sign_ins').selectAll().where('hash', '=', hash))
        .executeTakeFirst()
    },

    async delete(tx: Tx, hash: string): Promise<void> {
      await tx.deleteFrom('email_sign_ins').where('hash', '=', hash).execute()
    },

    async deleteOf(tx: Tx, userId: string): Promise<void> {
      await tx.deleteFrom('email_sign_ins').where('user_id', '=', userId).execute()
    },

    async deleteExpired(tx: Tx, at: string, limit: number): Promise<number> {
      const expired = tx.selectFrom('email_sign_ins').select('hash').where('expires_at', '<', at).limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('email_sign_ins')
        .where('hash', 'in', expired)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
