/** The optional checks of `roster doctor` that send something: a request to the public URL, and a mail. */
import type { Config } from '../../config.ts'
import { asError, thrown } from '../../errors.ts'
import { sendTestMail } from '../../mail/test-mail.ts'
import type { Finding } from './deep.ts'

const waitMs = 10_000

/** Sends a request to the public URL like a client, through the proxy in front of the service. */
export async function proxyFinding({ publicUrl }: Config): Promise<Finding> {
  const finding = (ok: boolean, detail: string): Finding => ({ check: 'proxy', ok, detail })
  try {
    const response = await fetch(`${publicUrl}/.well-known/openid-configuration`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(waitMs),
    })
    const { status, headers } = response
    if (status >= 300 && status < 400)
      return finding(
        false,
        `${publicUrl} redirects to ${headers.get('location')}; set ROSTER_PUBLIC_URL to that origin, or let the proxy pass requests on`,
      )
    const text = await response.text()
    if (status !== 200)
      return finding(
        false,
        `${publicUrl} answers ${status}; the proxy must pass every path to the service, and the service must run`,
      )
    if (issuerOf(text) !== publicUrl)
      return finding(
        false,
        `another service answers at ${publicUrl}; compare ROSTER_PUBLIC_URL with the rules of the proxy`,
      )
    return finding(true, `${publicUrl} leads to the service`)
  } catch (error) {
    const reason = reasonOf(asError(error))
    return finding(
      false,
      `${publicUrl} cannot be reached from here (${reason}); look at DNS, the certificate and the firewall, and whether the service runs`,
    )
  }
}

function issuerOf(text: string): unknown {
  try {
    return JSON.parse(text).issuer
  } catch {
    return undefined
  }
}

function reasonOf(error: Error): string {
  return thrown(error.cause).code ?? error.name
}

/** Sends a mail without the queue. */
export async function mailFinding(config: Config, address: string): Promise<Finding> {
  const check = 'test mail'
  if (config.mailUrl === null)
    return { check, ok: false, detail: 'there is no mail server; set ROSTER_MAIL_URL' }
  const result = await sendTestMail(config, address)
  const server = new URL(config.mailUrl).host
  return result.outcome === 'sent'
    ? { check, ok: true, detail: `${server} took the mail to ${address}` }
    : {
        check,
        ok: false,
        detail: `${server} did not take the mail to ${address} (${result.reason}); compare ROSTER_MAIL_URL and ROSTER_MAIL_FROM with what the server allows`,
      }
}
