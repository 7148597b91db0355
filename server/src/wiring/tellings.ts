/** Mails to administrators. */
import type { Tx } from '../database/database.ts'

/** @param listToTell returns the user with this id if still active, else some administrators */
export function teller(listToTell: (tx: Tx, userId: string | null) => Promise<string[]>) {
  return async <What extends unknown[]>(
    tx: Tx,
    userId: string | null,
    mail: (tx: Tx, userId: string, ...what: What) => Promise<void>,
    what: What,
  ): Promise<void> => {
    for (const id of await listToTell(tx, userId)) await mail(tx, id, ...what)
  }
}
