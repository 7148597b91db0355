/** Signatures as Standard Webhooks (https://www.standardwebhooks.com) defines them. */
import { createHmac } from 'node:crypto'
import { newBytes } from '../clock.ts'

const prefix = 'whsec_'

export function newWebhookSecret(): string {
  return `${prefix}${newBytes(32).toString('base64')}`
}

/**
 * The headers of a message. It is signed with each secret, so that receivers can replace a secret without an
 * interruption.
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, seconds, body }: { id: string; seconds: number; body: string },
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  }
}
