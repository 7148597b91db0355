/** When all mails have been sent. */
import type { Database } from '../../src/database/database.ts'
import { until } from '../harness/wait.ts'

/**
 * Waits until the database holds neither a request that can lead to a mail nor a mail that can still be sent. Afterwards a
 * test can say which mails were never sent.
 */
export function untilMailsAreSent({ read }: Pick<Database, 'read'>): Promise<boolean> {
  return until(async () => {
    const request = await read.selectFrom('account_requests').select('id').limit(1).executeTakeFirst()
    const mail = await read
      .selectFrom('mail_outbox')
      .select('id')
      .where('sent_at', 'is', null)
      .where('failed_at', 'is', null)
      .limit(1)
      .executeTakeFirst()
    return request === undefined && mail === undefined
  }, 'an empty outbox')
}
