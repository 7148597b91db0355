import { ConfigError, readConfig } from '../config.ts'
import { sendTestMail } from '../mail/test-mail.ts'
import { type Command, print, UsageError } from './command.ts'

export const mailTest: Command = {
  name: 'mail test',
  about: 'Send a test mail without the queue, and show the answer of the mail server',
  positionals: ['ADDRESS'],
  examples: ['ada@example.com'],
  async run(input) {
    const [address = ''] = input.positionals
    if (!/^[^\s@]+@[^\s@]+$/.test(address))
      throw new UsageError('ADDRESS is an address such as ada@example.com.')
    const config = readConfig()
    if (config.mailUrl === null)
      throw new ConfigError('There is no mail server: set ROSTER_MAIL_URL (`smtp://user:password@host:587`)')
    const result = await sendTestMail(config, address)
    const server = new URL(config.mailUrl).host
    print(
      input,
      { address, server, ...result },
      result.outcome === 'sent'
        ? `${server} took the mail to ${address}, from ${config.mailFrom}`
        : `${server} did not take the mail to ${address}: ${result.reason}`,
    )
    return result.outcome === 'sent' ? 0 : 1
  },
}
