/** Every setting, with its default. `docs/configuration.md` is generated from this table. */
import { languages } from '../html/language.ts'
import { backupSettings } from './backup.ts'
import { brandSettings } from './brand.ts'
import { factorSettings } from './factors.ts'
import { hookSettings } from './hooks.ts'
import { networkSettings } from './network.ts'
import { tracingSettings } from './tracing.ts'
import {
  databaseUrl,
  flag,
  integer,
  list,
  mailUrl,
  oneOf,
  optional,
  origin,
  publicUrl,
  secretKey,
  shownName,
  support,
  text,
  webAddress,
} from './values.ts'

export type Setting<T> = {
  name: string
  /** The default in the documentation. */
  fallback: string
  about: string
  secret?: true
  /** Turns the text into a value. @throws with a message that does not contain the text */
  read(text: string | undefined): T
}

export const settings = {
  databaseUrl: {
    name: 'DATABASE_URL',
    fallback: 'sqlite:./data/roster.db',
    secret: true,
    about:
      '`sqlite:<file>`, `sqlite::memory:` (lost at the end of the process), or `postgres://user:password@host:port/database` with the parameters of libpq, which may also come from `PG*` variables. With several hosts, separated by commas, Roster uses the one that accepts writes',
    read: databaseUrl,
  },
  databaseReadUrl: {
    name: 'DATABASE_READ_URL',
    fallback: 'none',
    secret: true,
    about:
      '`postgres://…` of a standby of the PostgreSQL database, for lists, searches and exports. Roster reads from the standby only if it has replayed all earlier commits',
    read: optional,
  },
  databasePoolSize: {
    name: 'ROSTER_DATABASE_POOL_SIZE',
    fallback: '10',
    about:
      'number of connections of one replica to PostgreSQL, and of those to the standby of `DATABASE_READ_URL`',
    read: integer(1, 200, 10),
  },
  databasePooler: {
    name: 'ROSTER_DATABASE_POOLER',
    fallback: 'auto',
    about:
      'mode of a pooler between Roster and PostgreSQL, such as PgBouncer: `transaction`, `session` or `none`. `auto` detects a pooler and treats it as `transaction`',
    read: oneOf(['auto', 'none', 'session', 'transaction'], 'auto'),
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
    about:
      'address of the service for clients, with a path if it has one (`https://example.com/roster`). Links in mails begin with it, and it is the issuer of tokens',
    read: publicUrl,
  },
  allowHttp: {
    name: 'ROSTER_ALLOW_HTTP',
    fallback: 'false',
    about:
      'allows `http://` in `ROSTER_PUBLIC_URL` with `NODE_ENV=production` if its host is not this machine. Passwords and tokens are then sent unencrypted',
    read: flag(false),
  },
  metricsPort: {
    name: 'ROSTER_METRICS_PORT',
    fallback: 'off',
    about: 'port for `GET /metrics` (Prometheus), on the same address',
    read: integer(0, 65535, null),
  },
  secretKey: {
    name: 'ROSTER_SECRET_KEY',
    fallback: 'generated at the first start, in a file next to the SQLite file',
    secret: true,
    about:
      '32 bytes in base64. The key encrypts signing keys and other secrets in the database. Required on PostgreSQL',
    read: secretKey,
  },
  signup: {
    name: 'ROSTER_SIGNUP',
    fallback: 'open',
    about: '`open`: anyone may create an account. `closed`: only administrators may',
    read: oneOf(['open', 'closed'], 'open'),
  },
  email: {
    name: 'ROSTER_EMAIL',
    fallback: 'required',
    about:
      '`required`: each user has an e-mail address. `optional`: a user may have none, and signs in with the username',
    read: oneOf(['required', 'optional'], 'required'),
  },
  emailLink: {
    name: 'ROSTER_EMAIL_LINK',
    fallback: 'false',
    about:
      'allows users to sign in with a link or a code that is mailed to them, without the password. A person who reads the mail of a user can then sign in as that user',
    read: flag(false),
  },
  impersonation: {
    name: 'ROSTER_IMPERSONATION',
    fallback: 'off',
    about:
      '`on`: an administrator with the permission `users:impersonate` may act as a user without permissions, for at most 30 minutes. The audit log records it, and the user gets a mail',
    read: oneOf(['off', 'on'], 'off'),
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
      'algorithm that signs access tokens: `EdDSA` (Ed25519), or `RS256` for verifiers that support RSA only, such as Spring Security and passport-jwt',
    read: oneOf(['EdDSA', 'RS256'], 'EdDSA'),
  },
  requireIfMatch: {
    name: 'ROSTER_REQUIRE_IF_MATCH',
    fallback: 'false',
    about: 'requires `If-Match` in PUT, PATCH and DELETE requests (428 without)',
    read: flag(false),
  },
  requireVerifiedEmail: {
    name: 'ROSTER_REQUIRE_VERIFIED_EMAIL',
    fallback: 'false',
    about: 'requires users to verify their e-mail address before they can sign in',
    read: flag(false),
  },
  ...factorSettings,
  verifyWithoutPassword: {
    name: 'ROSTER_VERIFY_WITHOUT_PASSWORD',
    fallback: 'false',
    about:
      'verifies or changes an address by the link of the mail alone, without the password of the account. If a stranger created an account with the address of another person, the account then keeps the password of the stranger',
    read: flag(false),
  },
  corsOrigins: {
    name: 'ROSTER_CORS_ORIGINS',
    fallback: 'none',
    about: 'exact origins of browser applications that may call the API',
    read: list((item) => origin(item) === item, 'origins such as https://app.example.com'),
  },
  corsHeaders: {
    name: 'ROSTER_CORS_HEADERS',
    fallback: 'none',
    about:
      'further request headers that these applications may send. The headers that the API reads, `X-Requested-With`, and those of tracing (`Traceparent`, `Tracestate`, `Baggage`, `Sentry-Trace`) are always allowed',
    read: list((item) => /^[\w-]{1,60}$/.test(item), 'names of headers'),
  },
  rateLimits: {
    name: 'ROSTER_RATE_LIMITS',
    fallback: 'on',
    about:
      '`off` disables all rate limits, for load tests on your own machine. Refused with `NODE_ENV=production`',
    read: oneOf(['on', 'off'], 'on'),
  },
  mailUrl: {
    name: 'ROSTER_MAIL_URL',
    fallback: 'none',
    secret: true,
    about:
      '`smtp://user:password@host:587` (STARTTLS if the server offers it; `?tls=required` never sends without TLS) or `smtps://…`. Without a mail server, mails are printed to the log in development; with `NODE_ENV=production` they stay in the queue',
    read: mailUrl,
  },
  mailFrom: {
    name: 'ROSTER_MAIL_FROM',
    fallback: 'Roster <roster@localhost>',
    about: 'sender of mails',
    read: text('Roster <roster@localhost>'),
  },
  appName: {
    name: 'ROSTER_APP_NAME',
    fallback: 'the host of `ROSTER_PUBLIC_URL`',
    about: 'name of the service in mails and on the pages that their links open',
    read: shownName,
  },
  appUrl: {
    name: 'ROSTER_APP_URL',
    fallback: 'none',
    about: 'target of the link *Continue to …* after an address was verified or a password was set',
    read: webAddress,
  },
  support: {
    name: 'ROSTER_SUPPORT',
    fallback: 'none',
    about: 'e-mail address or web address of your support, for mails about security',
    read: support,
  },
  ...brandSettings,
  mailLanguage: {
    name: 'ROSTER_MAIL_LANGUAGE',
    fallback: 'en',
    about: `language of mails to users who have chosen none: \`${languages.join('`, `')}\``,
    read: oneOf(languages, 'en'),
  },
  mailTemplates: {
    name: 'ROSTER_MAIL_TEMPLATES',
    fallback: 'none',
    about: 'folder with your own mail templates',
    read: optional,
  },
  breachedPasswords: {
    name: 'ROSTER_BREACHED_PASSWORDS',
    fallback: 'none',
    about:
      'file with breached passwords, made by `roster passwords import-hibp`. New passwords that are in it are refused',
    read: optional,
  },
  breachedSignIn: {
    name: 'ROSTER_BREACHED_SIGN_IN',
    fallback: 'notice',
    about:
      'effect of a sign-in with a password of that file: `notice` sends a mail, at most once in 30 days; `refuse` refuses the sign-in and sends a mail with a link for a new password',
    read: oneOf(['notice', 'refuse'], 'notice'),
  },
  passwordMinLength: {
    name: 'ROSTER_PASSWORD_MIN_LENGTH',
    fallback: '8',
    about:
      'minimum length of a password in code points. NIST SP 800-63B-4 asks for 15 where the password is the only factor',
    read: integer(8, 64, 8),
  },
  hashMemoryMiB: {
    name: 'ROSTER_HASH_MEMORY_MIB',
    fallback: '256',
    about:
      'memory in MiB for concurrent verifications of imported password hashes; further verifications wait. One verification always runs, with up to 256 MiB',
    read: integer(1, 65_536, 256),
  },
  recycleDays: {
    name: 'ROSTER_RECYCLE_DAYS',
    fallback: '30',
    about: 'days until a deleted user is erased',
    read: integer(1, 3650, 30),
  },
  unverifiedDays: {
    name: 'ROSTER_UNVERIFIED_DAYS',
    fallback: '7',
    about:
      'days until an account that was neither confirmed nor used is erased. 0 keeps them. No effect unless `ROSTER_REQUIRE_VERIFIED_EMAIL` and `ROSTER_MAIL_URL` are set',
    read: integer(0, 3650, 7),
  },
  auditDays: {
    name: 'ROSTER_AUDIT_DAYS',
    fallback: '365',
    about: 'days for which audit events are kept',
    read: integer(30, 36500, 365),
  },
  eventDays: {
    name: 'ROSTER_EVENT_DAYS',
    fallback: '30',
    about: 'days for which events and deliveries of webhooks are kept',
    read: integer(1, 3650, 30),
  },
  logLevel: {
    name: 'ROSTER_LOG_LEVEL',
    fallback: 'info',
    about: '`debug`, `info`, `warn`, `error` or `silent`',
    read: oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  },
  ...hookSettings,
  ...networkSettings,
  ...backupSettings,
  ...tracingSettings,
} as const satisfies Record<string, Setting<unknown>>
