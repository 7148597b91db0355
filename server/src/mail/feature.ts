/** Creates mail: texts, the outbox, and the connection to the SMTP server. */
import type { Config } from '../config.ts'
import type { Log } from '../log/log.ts'
import { createMailer } from './mailer.ts'
import { loadMessages } from './messages.ts'
import { createOutbox } from './outbox.ts'

type Needs = Parameters<typeof createOutbox>[0] & { config: Config; log: Log }

export function createMailFeature({ config, log, ...needs }: Needs) {
  return {
    outbox: createOutbox(needs),
    messages: loadMessages({
      language: config.mailLanguage,
      folder: config.mailTemplates,
      site: config.appName ?? new URL(config.publicUrl).host,
      support: config.support,
      ...(config.brand.colors && { accent: config.brand.colors.light }),
    }),
    mailer: createMailer(config, log),
  }
}
