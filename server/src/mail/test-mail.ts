import { newId } from '../clock.ts'
import type { Config } from '../config.ts'
import { createLog } from '../log/log.ts'
import { createMailer, type Delivery } from './mailer.ts'

/** Sends a mail immediately, without the queue, to check whether the mail server accepts it. A mail server must be set. */
export async function sendTestMail(config: Config, address: string): Promise<Delivery> {
  const mailer = createMailer(config, createLog('silent'))!
  const text = `This mail was sent by "roster mail test" or "roster doctor". Mails of ${config.publicUrl} will come from the same sender.`
  const mail = {
    id: newId(),
    to: { address },
    subject: 'Test mail from Roster',
    text,
    html: `<p>${text}</p>`,
  }
  try {
    return await mailer.deliver(mail, async () => {}, new AbortController().signal)
  } finally {
    mailer.close()
  }
}
