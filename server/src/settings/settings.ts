/** Every setting, with its default. `docs/configuration.md` is printed from this table. */
import { backupSettings } from './backup.ts'
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
  /** As the documentation shows it. */
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
      '`sqlite:<file>`, `sqlite::memory:` (gone at the end), or `postgres://…` with the parameters of libpq, which may come from `PG*` variables; several hosts separated by commas are tried for one that accepts writes',
    read: databaseUrl,
  },
  databaseReadUrl: {
    name: 'DATABASE_READ_URL',
    fallback: 'none',
    secret: true,
    about:
      'a standby of the PostgreSQL database for lists, searches and exports, `postgres://…`; it is asked only when it has everything that was committed before, else the primary is',
    read: optional,
  },
  databasePoolSize: {
    name: 'ROSTER_DATABASE_POOL_SIZE',
    fallback: '10',
    about: 'connections to PostgreSQL of one replica, and as many to the standby of `DATABASE_READ_URL`',
    read: integer(1, 200, 10),
  },
  databasePooler: {
    name: 'ROSTER_DATABASE_POOLER',
    fallback: 'auto',
    about:
      'a pooler between Roster and PostgreSQL, such as PgBouncer: `auto` notices one and takes it for `transaction`, where nothing outlasts a transaction; `session` when each client keeps its connection; `none`',
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
      'where clients reach the service, with a path if it has one (`https://example.com/roster`): in links of mails, and the issuer of tokens',
    read: publicUrl,
  },
  allowHttp: {
    name: 'ROSTER_ALLOW_HTTP',
    fallback: 'false',
    about:
      'whether `ROSTER_PUBLIC_URL` may be `http://` with `NODE_ENV=production` on a host other than this machine; passwords and tokens then travel in the clear',
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
  emailLink: {
    name: 'ROSTER_EMAIL_LINK',
    fallback: 'false',
    about:
      'whether users may sign in with a link or a code that is mailed to them, without the password; who reads the mail of a user can then sign in as that user',
    read: flag(false),
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
  secondFactor: {
    name: 'ROSTER_SECOND_FACTOR',
    fallback: 'optional',
    about:
      'who must have a second factor: `optional` no user, `administrators` users whose roles give permissions, `everybody` all users; users without one get 7 days from when they are first seen, then they may only add one',
    read: oneOf(['optional', 'administrators', 'everybody'], 'optional'),
  },
  trustedBrowserDays: {
    name: 'ROSTER_TRUSTED_BROWSER_DAYS',
    fallback: '30',
    about:
      'for how many days a browser that the user trusts is not asked for the second factor; 0 asks at every sign-in',
    read: integer(0, 365, 30),
  },
  verifyWithoutPassword: {
    name: 'ROSTER_VERIFY_WITHOUT_PASSWORD',
    fallback: 'false',
    about:
      'whether the link of a mail verifies or changes an address without the password of the account; then an account that a stranger created with the address of another keeps the password of the stranger',
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
      'names of headers that these applications may send besides those that the API reads, `X-Requested-With`, and those of tracing (`Traceparent`, `Tracestate`, `Baggage`, `Sentry-Trace`)',
    read: list((item) => /^[\w-]{1,60}$/.test(item), 'names of headers'),
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
      '`smtp://user:password@host:587` (STARTTLS where the server offers it; `?tls=required` sends nothing without) or `smtps://…`; without it mails are printed to the log in development, and wait with `NODE_ENV=production`',
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
    about: 'what people know the service by: in mails, and on the pages behind their links',
    read: shownName,
  },
  appUrl: {
    name: 'ROSTER_APP_URL',
    fallback: 'none',
    about: 'where *Continue to …* leads after an address is verified or a password is set',
    read: webAddress,
  },
  support: {
    name: 'ROSTER_SUPPORT',
    fallback: 'none',
    about: 'an e-mail address or web address; mails about security tell people to write there',
    read: support,
  },
  mailLanguage: {
    name: 'ROSTER_MAIL_LANGUAGE',
    fallback: 'en',
    about: 'language of the mails: `en` or `de`',
    read: oneOf(['en', 'de'], 'en'),
  },
  mailTemplates: {
    name: 'ROSTER_MAIL_TEMPLATES',
    fallback: 'none',
    about: 'folder with templates of your own for the mails',
    read: optional,
  },
  breachedPasswords: {
    name: 'ROSTER_BREACHED_PASSWORDS',
    fallback: 'none',
    about:
      'file with breached passwords, which `roster passwords import-hibp` makes; new passwords among them are refused',
    read: optional,
  },
  breachedSignIn: {
    name: 'ROSTER_BREACHED_SIGN_IN',
    fallback: 'notice',
    about:
      'what happens to a sign-in with a password of that file: `notice` a mail, at most once in 30 days; `refuse` a mail with a link for a new password, and no session',
    read: oneOf(['notice', 'refuse'], 'notice'),
  },
  passwordMinLength: {
    name: 'ROSTER_PASSWORD_MIN_LENGTH',
    fallback: '8',
    about: 'shortest password in code points. NIST SP 800-63B-4 asks for 15 where the password stands alone',
    read: integer(8, 64, 8),
  },
  hashMemoryMiB: {
    name: 'ROSTER_HASH_MEMORY_MIB',
    fallback: '256',
    about:
      'memory that verifying imported password hashes may take at once; the others wait. A single hash may take 256, and one always runs',
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
      'days until a sign-up that was never confirmed nor used is erased; 0 keeps them. Without effect unless `ROSTER_REQUIRE_VERIFIED_EMAIL` and `ROSTER_MAIL_URL` are set',
    read: integer(0, 3650, 7),
  },
  auditDays: {
    name: 'ROSTER_AUDIT_DAYS',
    fallback: '365',
    about: 'days that audit events are kept',
    read: integer(30, 36500, 365),
  },
  eventDays: {
    name: 'ROSTER_EVENT_DAYS',
    fallback: '30',
    about: 'days that the event feed reaches back, and that deliveries of webhooks are kept',
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
