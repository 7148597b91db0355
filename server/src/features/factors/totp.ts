/** Time-based one-time passwords (RFC 6238) with SHA-1, six digits and 30 seconds, which every authenticator app knows. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { base32 } from '../../encoding/base32.ts'

const stepSeconds = 30

/** The step of an instant in milliseconds since 1970. */
export function stepAt(ms: number): number {
  return Math.floor(ms / 1000 / stepSeconds)
}

/** The code of one step (RFC 4226 §5.3). */
export function codeAt(secret: Buffer, step: number, digits = 6): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const offset = mac[mac.length - 1]! & 0x0f
  const number = mac.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * The step that a code belongs to, or null. One step before and after the present one counts, for clocks that differ and
 * for slow typing. Every candidate is compared, so that the time tells nothing.
 */
export function matchingStep(secret: Buffer, code: string, nowMs: number): number | null {
  const typed = code.replace(/[\s-]/g, '')
  if (!/^\d{6}$/.test(typed)) return null
  const present = stepAt(nowMs)
  const found = [present - 1, present, present + 1].filter((step) =>
    timingSafeEqual(Buffer.from(codeAt(secret, step)), Buffer.from(typed)),
  )
  return found[0] ?? null
}

/** How far the clock of a device is off when it showed this code, at most ten minutes. */
const mostStepsOff = 20

/**
 * By how many minutes, rounded up, the clock that made the code is behind (or, below 0, ahead); null when the code is none
 * of these minutes. A stranger must not learn that a code is ahead: it opens the account later.
 */
export function minutesBehind(secret: Buffer, code: string, nowMs: number): number | null {
  const typed = code.replace(/[\s-]/g, '')
  const present = stepAt(nowMs)
  for (let off = 2; off <= mostStepsOff; off += 1)
    for (const step of [present - off, present + off])
      if (codeAt(secret, step) === typed)
        return Math.sign(present - step) * Math.ceil((off * stepSeconds) / 60)
  return null
}

/** The URI that authenticator apps read (the `otpauth` key URI format). */
export function totpUri({
  issuer,
  account,
  secret,
}: {
  issuer: string
  account: string
  secret: Buffer
}): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  const parameters = new URLSearchParams({
    secret: base32(secret),
    issuer,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
  return `otpauth://totp/${label}?${parameters.toString().replaceAll('+', '%20')}`
}

/** What the sealed secret of an account is bound to. */
export function contextOf(userId: string): string {
  return `totp_factors ${userId}`
}
