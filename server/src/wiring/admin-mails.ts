/** Mails to administrators. */
import type { Tx } from '../database/database.ts'

/**
 * Sends a mail to each of some administrators.
 * @param listRecipients returns the user with this id if still active, otherwise some administrators
 */
export function mailerToAdmins(listRecipients: (tx: Tx, userId: string | null) => Promise<string[]>) {
  return async <Content extends unknown[]>(
    tx: Tx,
    userId: string | null,
    mail: (tx: Tx, userId: string, ...content: Content) => Promise<void>,
    content: Content,
  ): Promise<void> => {
    for (const id of await listRecipients(tx, userId)) await mail(tx, id, ...content)
  }
}
