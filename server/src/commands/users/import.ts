import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { systemCaller } from '../../caller.ts'
import { columnMapOf } from '../../features/transfer/columns/column-map.ts'
import {
  type Command,
  type Input,
  type Place,
  print,
  readLine,
  textOption,
  textOptions,
  UsageError,
  withRoster,
} from '../command.ts'
import { progress } from '../shell/progress.ts'
import { createImportReport, type ImportedRow } from './import-report.ts'
import { openSource } from './import-source.ts'

export const usersImport: Command = {
  name: 'users import',
  about:
    'Import users from a file of another system, of Roster, or CSV; FILE may be - for standard input, or the URL of a PostgreSQL database or of a directory (ldaps://…)',
  positionals: ['FILE'],
  examples: [
    'keycloak-realm.json --dry-run',
    "people.csv --map 'Vorname=first_name' --rejected rejected.ndjson",
    '- --mode upsert < users.ndjson',
    'postgres://reader@db.example/site --from django-db',
    "postgres://reader@db.example/site --query 'select login, mail, passwd from members'",
    "ldaps://ldap.example --base 'ou=people,dc=example,dc=com' --bind-dn cn=reader,dc=example,dc=com --bind-password-stdin < FILE",
  ],
  options: {
    from: {
      type: 'string',
      value: 'FORMAT',
      about:
        'roster, csv, keycloak, auth0 … (see docs/import-users.md); recognised by default. For a database: django-db, gotrue-db or keycloak-db',
    },
    query: {
      type: 'string',
      value: 'SQL',
      about: 'a database: the query that returns users; Roster writes nothing there',
    },
    base: {
      type: 'string',
      value: 'DN',
      about: 'a directory: the base of the search, such as ou=people,dc=example,dc=com',
    },
    filter: {
      type: 'string',
      value: 'FILTER',
      about: 'a directory: the filter of entries; persons by default',
    },
    'bind-dn': {
      type: 'string',
      value: 'DN',
      about: 'a directory: the DN that reads it; anonymous by default',
    },
    'bind-password-stdin': {
      type: 'boolean',
      about: 'a directory: read the password for --bind-dn from standard input',
    },
    identity: {
      type: 'string',
      value: 'FILE',
      about:
        'an encrypted export: a file with an age identity; for a passphrase set ROSTER_BACKUP_PASSPHRASE',
    },
    map: {
      type: 'string',
      value: 'COLUMN=FIELD',
      multiple: true,
      about: 'read this column as this field, metadata.NAME, or - to ignore it; may be repeated',
    },
    encoding: {
      type: 'string',
      value: 'NAME',
      about: 'the encoding of the text, such as windows-1252; UTF-8 and UTF-16 are recognised',
    },
    'strict-columns': { type: 'boolean', about: 'CSV: refuse rows with fewer cells than the header' },
    mode: {
      type: 'string',
      value: 'create|upsert',
      about: 'upsert also changes existing users (found by id, external id, then e-mail address)',
    },
    source: {
      type: 'string',
      value: 'NAME',
      about: 'the source system: crm turns the id 7 into crm:7, so that ids of two systems never collide',
    },
    'weak-passwords': {
      type: 'string',
      value: 'reset|refuse|keep',
      about:
        'plain passwords that the policy refuses: reset (the default) leaves them out, refuse fails the row, keep accepts them',
    },
    'passwords-at-old-system': {
      type: 'boolean',
      about:
        'new users without a password: the system at ROSTER_VERIFY_PASSWORD_URL verifies their first password',
    },
    unverified: {
      type: 'string',
      value: 'claim|refuse',
      about:
        'an account with an unproven address: claim (the default) ends its password, sessions and keys, refuse fails the row',
    },
    'no-mail': { type: 'boolean', about: 'upsert: mail nothing when an e-mail address changes' },
    'dry-run': { type: 'boolean', about: 'show the result and five rows, and write nothing' },
    rejected: {
      type: 'string',
      value: 'FILE',
      about:
        'write the rows that failed to this file, with the reasons (mode 0600, because they contain the input)',
    },
    hash: {
      type: 'string',
      value: 'SCHEME',
      about:
        'the scheme of digests in hexadecimal, such as sha256:salt+password; the salt is read from its own column',
    },
    'hash-config': { type: 'string', value: 'FILE', about: 'Firebase: the hash parameters of the project' },
  },
  run(input) {
    // A stream of rows produces garbage at a steady rate: collect it earlier, so that the heap does not grow to twice its
    // size.
    setFlagsFromString('--semi-space-growth-factor=1')
    setFlagsFromString('--heap-growing-percent=20')
    return withRoster((roster) => importFile(roster, input))
  },
}

async function importFile(roster: Place, input: Input): Promise<number> {
  const request = requestOf(input)
  const source = await sourceIn(input)
  checkOptions(roster, input, source.from)
  const {
    format,
    input: rows,
    sign,
  } = await roster.transfer.recognise(source.stream, {
    from: source.from,
    columnMap: request.columnMap,
    encoding: textOption(input, 'encoding'),
  })
  const rejected = textOption(input, 'rejected')
  const out = rejected === undefined ? undefined : await open(rejected, 'w', 0o600)
  await out?.chmod(0o600)
  const shown = progress(source.bytes, input.json)
  const report = createImportReport({
    format: format.name,
    sign,
    dryRun: request.dryRun,
    database: roster.databaseName,
  })
  let done = 0
  const results = roster.transfer.import(systemCaller, rows, format, request)
  let next = await results.next()
  for (; !next.done; next = await results.next()) {
    for (const row of next.value) report.count(row)
    if (out) await out.write(rejectedLines(next.value))
    done += next.value.length
    shown.show(done, source.read())
  }
  shown.end()
  await out?.close()
  const { created, updated, skipped, failed } = report.counts
  const where = rejected !== undefined && failed > 0 ? `\nthe rows that failed are in ${rejected}` : ''
  print(input, report.summary(next.value), report.text(next.value) + where)
  if (failed === 0) return 0
  return created + updated + skipped === 0 ? 1 : 3
}

/** The file, standard input or directory that the options name. */
function sourceIn(input: Input) {
  return openSource(input.positionals[0] ?? '', textOption(input, 'from'), {
    query: textOption(input, 'query'),
    base: textOption(input, 'base'),
    filter: textOption(input, 'filter'),
    bindDn: textOption(input, 'bind-dn'),
    identity: textOption(input, 'identity'),
    readPassword: async () => (input.values['bind-password-stdin'] === true ? readLine() : undefined),
  })
}

/** @throws UsageError for an unknown format or scheme, or when no other system verifies passwords */
function checkOptions({ transfer }: Place, input: Input, from: string | undefined): void {
  if (from !== undefined && !transfer.formatNamed(from))
    throw new UsageError(`There is no format ${from}; there are ${transfer.formatNames.join(', ')}.`)
  const hashScheme = textOption(input, 'hash')
  if (hashScheme !== undefined && !transfer.isHashScheme(hashScheme))
    throw new UsageError('--hash states a scheme as sha256:salt+password or md5:md5(password)+salt.')
  if (input.values['passwords-at-old-system'] === true && !transfer.hasOldSystem)
    throw new UsageError('No system verifies passwords: ROSTER_VERIFY_PASSWORD_URL is not set.')
}

/** @throws UsageError when an option has an unknown value */
function requestOf(input: Input) {
  const hashScheme = textOption(input, 'hash')
  const hashConfig = textOption(input, 'hash-config')
  return {
    mode: choiceOf(input, 'mode', ['create', 'upsert']),
    dryRun: input.values['dry-run'] === true,
    batchRows: 1000,
    columnMap: columnMapOf(textOptions(input, 'map')),
    source: sourceOf(input),
    weakPasswords: choiceOf(input, 'weak-passwords', ['reset', 'refuse', 'keep']),
    unverified: choiceOf(input, 'unverified', ['claim', 'refuse']),
    mails: input.values['no-mail'] !== true,
    asksOldSystem: input.values['passwords-at-old-system'] === true,
    strictColumns: input.values['strict-columns'] === true,
    ...(hashScheme === undefined ? {} : { hashScheme }),
    ...(hashConfig ? { firebaseHashConfig: readFileSync(hashConfig, 'utf8') } : {}),
  } as const
}

function sourceOf(input: Input): string | undefined {
  const source = textOption(input, 'source')
  if (source !== undefined && !/^[A-Za-z0-9._-]{1,40}$/.test(source))
    throw new UsageError('--source is 1 to 40 letters, digits, dots, underscores or hyphens.')
  return source
}

/** One of these; the first by default. */
function choiceOf<Choice extends string>(
  input: Input,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const given = textOption(input, name) ?? choices[0]
  const choice = choices.find((each) => each === given)
  if (choice === undefined) throw new UsageError(`--${name} is ${choices.join(' or ')}.`)
  return choice
}

function rejectedLines(rows: readonly ImportedRow[]): string {
  return rows
    .filter(({ result }) => result === 'failed')
    .map(({ row, errors, source }) => `${JSON.stringify({ row, errors, source })}\n`)
    .join('')
}
