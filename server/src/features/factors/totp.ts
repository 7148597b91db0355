/**
 * Time-based one-time passwords (RFC 6238) with SHA-1, six digits and 30 seconds, which every authenticator app supports.
 */
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
 * The step of a code, or null. The steps before and after the current one are accepted too, because of clock differences
 * and slow typing. Every candidate is compared, so that the time reveals nothing.
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

/** The maximum difference of a device's clock that is searched: ten minutes. */
const mostStepsOff = 20

/**
 * The minutes, rounded up, by which the clock of the device is behind; negative if the clock is ahead. Null when the
 * code matches none of these minutes. An attacker must not learn that a code belongs to a later minute, because the
 * code becomes valid then.
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

/** The URI for authenticator apps (the `otpauth` key URI format). */
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

/** The additional authenticated data of the encrypted secret of an account. */
export function contextOf(userId: string): string {
  return `totp_factors ${userId}`
}
