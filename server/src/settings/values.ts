/** Parses the text of settings. Every parser throws an Error whose message does not contain the text. */
import { isIP } from 'node:net'

export const text = (fallback: string) => (value: string | undefined) => value ?? fallback
export const optional = (value: string | undefined) => value ?? null

export const oneOf =
  <const T extends readonly string[]>(choices: T, fallback: T[number]) =>
  (value: string | undefined): T[number] => {
    if (value === undefined) return fallback
    if (!choices.includes(value)) throw new Error(`must be one of ${choices.join(', ')}`)
    return value
  }

export const flag = (fallback: boolean) => (value: string | undefined) =>
  oneOf(['true', 'false'], fallback ? 'true' : 'false')(value) === 'true'

export const integer =
  <T>(min: number, max: number, fallback: T) =>
  (value: string | undefined): number | T => {
    if (value === undefined) return fallback
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= min && number <= max)) throw new Error(`must be a whole number from ${min} to ${max}`)
    return number
  }

export const list = (check: (item: string) => boolean, what: string) => (value: string | undefined) => {
  const items = (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
  if (!items.every(check)) throw new Error(`must be ${what}, separated by commas`)
  return Object.freeze(items)
}

export const optionalList =
  (check: (item: string) => boolean, what: string) =>
  (value: string | undefined): readonly string[] | null =>
    value === undefined ? null : list(check, what)(value)

export function origin(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  return plain && (value === url.origin || value === `${url.origin}/`) ? url.origin : undefined
}

export const publicUrl = (value: string | undefined) => {
  if (value === undefined) return null
  const [, text = '', path = ''] = /^([^/]*\/\/[^/]*)((?:\/[\w.~-]*)*)$/.exec(value) ?? []
  const found = origin(text)
  const plainPath = path.replace(/\/$/, '')
  if (!found || !/^(\/(?!\.\.?(\/|$))[\w.~-]+)*$/.test(plainPath))
    throw new Error('must be such as https://users.example.com or https://example.com/roster')
  return found + plainPath
}

export const databaseUrl = (value = 'sqlite:./data/roster.db') => {
  const sqlite = /^sqlite:(?!\/\/).+/.test(value)
  // `database/postgres/target.ts` parses the rest, together with the `PG*` variables.
  const postgres = /^postgres(ql)?:\/\//.test(value)
  if (!sqlite && !postgres)
    throw new Error('must be sqlite:<file>, sqlite::memory: or postgres://user:password@host:port/database')
  return value
}

export const secretKey = (value: string | undefined) => {
  if (value === undefined) return null
  const bytes = Buffer.from(value.trim(), 'base64')
  if (bytes.length !== 32)
    throw new Error('must be 32 bytes in base64, as `openssl rand -base64 32` prints them')
  if (new Set(bytes).size < 8) throw new Error('is too weak; make one with `openssl rand -base64 32`')
  return bytes
}

/** The secret that signs messages, in the format of Standard Webhooks. */
export const webhookSecret = (value: string | undefined) => {
  if (value === undefined) return null
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? []
  const { length } = Buffer.from(base64, 'base64')
  if (length < 24 || length > 64)
    throw new Error('must be `whsec_` and what `openssl rand -base64 32` prints')
  return value
}

export const mailUrl = (value: string | undefined) => {
  if (value === undefined) return null
  if (!URL.canParse(value) || !/^smtps?:$/.test(new URL(value).protocol))
    throw new Error('must be smtp://… or smtps://…')
  if (!['', '?tls=required'].includes(new URL(value).search))
    throw new Error('may have `?tls=required` and no other parameter')
  return value
}

/** Whether the host of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname)
}

/** A name to show: one line without controls. */
export const shownName = (value: string | undefined) => {
  if (value === undefined) return null
  if (value.trim() !== value || [...value].length > 64 || /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value))
    throw new Error('must be one line of at most 64 characters')
  return value
}

const isWebAddress = (value: string) =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && /^[\x21-\x7e]+$/.test(value)

export const webAddress = (value: string | undefined) => {
  if (value === undefined) return null
  if (!isWebAddress(value)) throw new Error('must be an address such as https://app.example.com/start')
  return value
}

export const support = (value: string | undefined) => {
  if (value === undefined) return null
  if (!isWebAddress(value) && !/^[^\s@<>":/]+@[^\s@<>":/]+\.[^\s@<>":/]+$/.test(value))
    throw new Error('must be an e-mail address or an address such as https://example.com/help')
  return value
}

export const address = (item: string) => /^[0-9a-fA-F:.]+(\/\d{1,3})?$/.test(item)

export const network = (item: string) => {
  const [host = '', bits, ...more] = item.split('/')
  const version = isIP(host)
  if (version === 0 || host.includes('%') || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}
