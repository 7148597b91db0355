/** Requests for a link to set a password, as the tests of links send them. */
import assert from 'node:assert/strict'
import { until } from '../harness/wait.ts'
import type { Service } from '../harness.ts'
import type { Smtp } from '../mail/smtp.ts'

export const resetMails = (smtp: Smtp, email: string) =>
  smtp.to(email).filter(({ subject }) => subject.startsWith('Set a new password'))

/** The mail that answers the request. */
export async function askForLink(
  service: Service,
  smtp: Smtp,
  email: string,
  headers: Record<string, string> = {},
) {
  const known = resetMails(smtp, email).length
  const { status } = await service.call('POST', '/auth/forgot-password', { body: { email }, headers })
  assert.equal(status, 202)
  return until(() => resetMails(smtp, email)[known], `a link for ${email}`)
}
