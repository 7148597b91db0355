import { settings } from '../src/settings/settings.ts'

type Row = { name: string; fallback: string; about: string; secret?: true }

/** Each setting stands below the first heading that fits its name. */
const groups: readonly [heading: string, names: RegExp, introduction?: string][] = [
  ['Database', /DATABASE|SECRET_KEY$/],
  [
    'Address, proxies and network',
    /_HOST$|_PORT$|PUBLIC_URL|ALLOW_HTTP|TRUSTED_(PROX|BACK)|FORWARDED|OUTGOING|SHUTDOWN/,
  ],
  [
    'Sign-up and sign-in',
    /SIGNUP|ROSTER_EMAIL|BASIC_AUTH|IMPERSONATION|VERIFIED_EMAIL|SECOND_FACTOR|TRUSTED_BROWSER|VERIFY_WITHOUT/,
  ],
  ['Passwords', /_PASSWORDS?_(MIN|URL|SEC|TIME)|BREACHED|HASH_MEMORY/],
  ['Mail', /MAIL_|APP_NAME|APP_URL|SUPPORT/],
  ['API', /CORS|IF_MATCH|TOKEN_ALGORITHM|RATE_LIMITS/],
  ['How long data is kept', /^ROSTER_(RECYCLE|UNVERIFIED|AUDIT|EVENT)_DAYS/],
  [
    'Hooks',
    /HOOK/,
    'A [hook](accounts/hooks.md) is a service of yours that may refuse sign-ups, sign-ins and tokens.',
  ],
  ['Backups of SQLite', /BACKUP|^AWS_/, 'See [backups](operations/backups.md).'],
  ['Log and traces', /LOG_LEVEL|^OTEL_/, 'See [traces](operations/traces.md).'],
  ['Other settings', /./],
]

/** The tables of settings as a page. */
export function configurationPage(): string {
  const rows = Map.groupBy(
    Object.values(settings) as Row[],
    ({ name }) => groups.find(([, names]) => names.test(name))![0],
  )
  const sections = groups.flatMap(([heading, , introduction]) => {
    const own = rows.get(heading)
    if (own === undefined) return []
    const above = introduction === undefined ? '' : `${introduction}\n\n`
    return [
      `## ${heading}\n\n${above}| setting | default | meaning |\n|---|---|---|\n${own.map(rowOf).join('\n')}\n`,
    ]
  })
  return `# Configuration

Roster reads its settings from environment variables. Each secret may be a file instead: \`ROSTER_SECRET_KEY_FILE=/run/secrets/key\`.
\`roster config\` lists all settings and where their values come from.

The service does not start with a wrong value or with an unknown name that begins with \`ROSTER_\`. The message names the setting and does not show its
value.

${sections.join('\n')}
## Users without an e-mail address

With \`ROSTER_EMAIL=optional\` a user may have no address: \`email\` is null. [Users without an address](accounts/users-without-an-address.md)
says what such a user can do, and what needs an address.

With \`required\` again, users without an address stay: they are read, changed and sign in as before, and keep \`"email": null\` until they
get an address. New users, changes that would remove an address, and rows of an import without one are refused.

This page is generated from the code (\`npm run generate\`).
`
}

function rowOf({ name, fallback, about, secret }: Row): string {
  const names = secret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``
  return `| ${names} | ${defaultOf(fallback)} | ${about} |`
}

/** A value as code, a description as text. */
const defaultOf = (fallback: string) =>
  /`|^none$|^off$| [a-z]/.test(fallback) ? fallback : `\`${fallback}\``
