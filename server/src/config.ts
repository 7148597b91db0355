/**
 * The environment, read once: every setting is a row of this table, checked and frozen. No other file reads
 * `process.env`; `docs/configuration.md` is printed from here.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

export type Config = Readonly<ReturnType<typeof readConfig>>

type Setting<T> = {
  name: string
  /** As the documentation shows it. */
  fallback: string
  about: string
  secret?: true
  /** Turns the text into a value. @throws with a message that does not contain the text */
  read(text: string | undefined): T
}

const text = (fallback: string) => (value: string | undefined) => value ?? fallback
const optional = (value: string | undefined) => value ?? null

const oneOf =
  <const T extends readonly string[]>(choices: T, fallback: T[number]) =>
  (value: string | undefined): T[number] => {
    if (value === undefined) return fallback
    if (!choices.includes(value)) throw new Error(`must be one of ${choices.join(', ')}`)
    return value
  }

const flag = (fallback: boolean) => (value: string | undefined) =>
  oneOf(['true', 'false'], fallback ? 'true' : 'false')(value) === 'true'

const integer =
  <T>(min: number, max: number, fallback: T) =>
  (value: string | undefined): number | T => {
    if (value === undefined) return fallback
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= min && number <= max)) throw new Error(`must be a whole number from ${min} to ${max}`)
    return number
  }

const list = (check: (item: string) => boolean, what: string) => (value: string | undefined) => {
  const items = (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
  if (!items.every(check)) throw new Error(`must be ${what}, separated by commas`)
  return Object.freeze(items)
}

function origin(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  return plain && (value === url.origin || value === `${url.origin}/`) ? url.origin : undefined
}

const publicUrl = (value: string | undefined) => {
  if (value === undefined) return null
  const found = origin(value)
  if (!found) throw new Error('must be an origin such as https://users.example.com, without a path')
  return found
}

const databaseUrl = (value = 'sqlite:./data/roster.db') => {
  const sqlite = /^sqlite:(?!\/\/).+/.test(value)
  const postgres = /^postgres(ql)?:\/\/[^/?]+\/[^/?]+/.test(value)
  if (!sqlite && !postgres)
    throw new Error('must be sqlite:<file>, sqlite::memory: or postgres://user@host/database')
  return value
}

const secretKey = (value: string | undefined) => {
  if (value === undefined) return null
  const bytes = Buffer.from(value.trim(), 'base64')
  if (bytes.length !== 32)
    throw new Error('must be 32 bytes in base64, as `openssl rand -base64 32` prints them')
  if (new Set(bytes).size < 8) throw new Error('is too weak; make one with `openssl rand -base64 32`')
  return bytes
}

const mailUrl = (value: string | undefined) => {
  if (value === undefined) return null
  if (!URL.canParse(value) || !/^smtps?:$/.test(new URL(value).protocol))
    throw new Error('must be smtp://… or smtps://…')
  return value
}

const address = (item: string) => /^[0-9a-fA-F:.]+(\/\d{1,3})?$/.test(item)

export const settings = {
  databaseUrl: {
    name: 'DATABASE_URL',
    fallback: 'sqlite:./data/roster.db',
    secret: true,
    about:
      '`sqlite:<file>`, `sqlite::memory:` (gone at the end), or `postgres://…`; several hosts separated by commas are tried for one that accepts writes',
    read: databaseUrl,
  },
  databasePoolSize: {
    name: 'ROSTER_DATABASE_POOL_SIZE',
    fallback: '10',
    about: 'connections to PostgreSQL of one replica',
    read: integer(1, 200, 10),
  },
  host: {
    name: 'ROSTER_HOST',
    fallback: '127.0.0.1',
    about: 'address to listen on; `0.0.0.0` for all (the image does)',
    read: text('127.0.0.1'),
  },
  port: {
    name: 'ROSTER_PORT',
    fallback: '8000',
    about: 'port to listen on; 0 for a free one',
    read: integer(0, 65535, 8000),
  },
  publicUrl: {
    name: 'ROSTER_PUBLIC_URL',
    fallback: '`http://localhost:<port>`',
    about: 'where clients reach the service: in links of mails, and the issuer of tokens',
    read: publicUrl,
  },
  metricsPort: {
    name: 'ROSTER_METRICS_PORT',
    fallback: 'off',
    about: 'port for `GET /metrics` (Prometheus), on the same address',
    read: integer(0, 65535, null),
  },
  secretKey: {
    name: 'ROSTER_SECRET_KEY',
    fallback: 'made at the first start, kept beside the SQLite file',
    secret: true,
    about: '32 bytes in base64; encrypts signing keys and other secrets at rest. Required on PostgreSQL',
    read: secretKey,
  },
  signup: {
    name: 'ROSTER_SIGNUP',
    fallback: 'open',
    about: '`open`: anyone may create an account; `closed`: only administrators',
    read: oneOf(['open', 'closed'], 'open'),
  },
  basicAuth: {
    name: 'ROSTER_BASIC_AUTH',
    fallback: 'true',
    about: 'whether `Authorization: Basic` is accepted',
    read: flag(true),
  },
  tokenAlgorithm: {
    name: 'ROSTER_TOKEN_ALGORITHM',
    fallback: 'EdDSA',
    about:
      'what signs access tokens: `EdDSA` (Ed25519, small and fast) or `RS256` for verifiers that know RSA only, such as Spring Security and passport-jwt',
    read: oneOf(['EdDSA', 'RS256'], 'EdDSA'),
  },
  requireIfMatch: {
    name: 'ROSTER_REQUIRE_IF_MATCH',
    fallback: 'false',
    about: 'whether PUT, PATCH and DELETE must carry `If-Match` (428 without)',
    read: flag(false),
  },
  requireVerifiedEmail: {
    name: 'ROSTER_REQUIRE_VERIFIED_EMAIL',
    fallback: 'false',
    about: 'whether people must verify their e-mail address before they can sign in',
    read: flag(false),
  },
  corsOrigins: {
    name: 'ROSTER_CORS_ORIGINS',
    fallback: 'none',
    about: 'exact origins of browser applications that may call the API',
    read: list((item) => origin(item) === item, 'origins such as https://app.example.com'),
  },
  rateLimits: {
    name: 'ROSTER_RATE_LIMITS',
    fallback: 'on',
    about:
      '`off` switches off all throttling, for load and timing tests on your own machine; refused with `NODE_ENV=production`',
    read: oneOf(['on', 'off'], 'on'),
  },
  mailUrl: {
    name: 'ROSTER_MAIL_URL',
    fallback: 'none',
    secret: true,
    about:
      '`smtp://user:password@host:587` (STARTTLS) or `smtps://…`; without it mails are printed to the log in development, and wait with `NODE_ENV=production`',
    read: mailUrl,
  },
  mailFrom: {
    name: 'ROSTER_MAIL_FROM',
    fallback: 'Roster <roster@localhost>',
    about: 'sender of mails',
    read: text('Roster <roster@localhost>'),
  },
  mailTemplates: {
    name: 'ROSTER_MAIL_TEMPLATES',
    fallback: 'none',
    about: 'folder with templates of your own for the mails',
    read: optional,
  },
  passwordMinLength: {
    name: 'ROSTER_PASSWORD_MIN_LENGTH',
    fallback: '8',
    about: 'shortest password in code points. NIST SP 800-63B-4 asks for 15 where the password stands alone',
    read: integer(8, 64, 8),
  },
  recycleDays: {
    name: 'ROSTER_RECYCLE_DAYS',
    fallback: '30',
    about: 'days until a deleted user is erased',
    read: integer(1, 3650, 30),
  },
  auditDays: {
    name: 'ROSTER_AUDIT_DAYS',
    fallback: '365',
    about: 'days that audit events are kept',
    read: integer(30, 36500, 365),
  },
  logLevel: {
    name: 'ROSTER_LOG_LEVEL',
    fallback: 'info',
    about: '`debug`, `info`, `warn`, `error` or `silent`',
    read: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  },
  trustedProxies: {
    name: 'ROSTER_TRUSTED_PROXIES',
    fallback: 'none',
    about: 'addresses or networks (CIDR) of proxies whose `X-Forwarded-For` is believed',
    read: list(address, 'addresses or networks'),
  },
  shutdownDelaySeconds: {
    name: 'ROSTER_SHUTDOWN_DELAY_SECONDS',
    fallback: '0',
    about: 'seconds to keep serving, marked not ready, after a SIGTERM, so that a balancer notices',
    read: integer(0, 60, 0),
  },
} as const satisfies Record<string, Setting<unknown>>

type Values = { [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['read']> }

/** A wrong environment: every fault is named, no value is shown. */
export class ConfigError extends Error {}

/**
 * Reads the settings. Every secret may be given as a file (`ROSTER_X_FILE`).
 * @throws ConfigError naming every wrong or unknown setting
 */
export function readConfig(environment: Record<string, string | undefined> = process.env) {
  const faults: string[] = unknownNames(environment)
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(settings) as [string, Setting<unknown>][]) {
    try {
      values[key] = setting.read(textOf(setting, environment))
    } catch (error) {
      faults.push(`${setting.name} ${(error as Error).message}`)
    }
  }
  const read = values as Values
  const production = environment['NODE_ENV'] === 'production'
  if (production && read.rateLimits === 'off')
    faults.push('ROSTER_RATE_LIMITS must not be off with NODE_ENV=production')
  if (
    read.databaseUrl?.startsWith('postgres') &&
    read.secretKey === null &&
    !faults.some((fault) => fault.startsWith('ROSTER_SECRET_KEY'))
  ) {
    faults.push('ROSTER_SECRET_KEY is required on PostgreSQL; make one with `openssl rand -base64 32`')
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze({
    ...read,
    publicUrl: read.publicUrl ?? `http://localhost:${read.port}`,
    production,
    /** Argon2 runs on libuv's threads; some are left for DNS and files. */
    hashesInFlight: Math.max(
      1,
      Math.min(availableParallelism(), Number(environment['UV_THREADPOOL_SIZE'] ?? 4) - 2),
    ),
  })
}

function textOf(
  { name, secret }: Setting<unknown>,
  environment: Record<string, string | undefined>,
): string | undefined {
  const file = secret ? environment[`${name}_FILE`] : undefined
  if (file === undefined) return environment[name] || undefined
  if (environment[name]) throw new Error(`and ${name}_FILE are both set`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Error(`_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`.replace(/^/, ''))
  }
}

function unknownNames(environment: Record<string, string | undefined>): string[] {
  const rows = Object.values(settings) as Setting<unknown>[]
  const known = new Set(rows.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])))
  return Object.keys(environment)
    .filter((name) => name.startsWith('ROSTER_') && !known.has(name))
    .map((name) => `${name} is not a setting`)
}
