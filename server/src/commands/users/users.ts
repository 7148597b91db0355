import { encryptedText } from '../../backup/encryption.ts'
import { systemCaller } from '../../caller.ts'
import type { Encryption } from '../../settings/backup.ts'
import {
  type Command,
  type Input,
  print,
  readLine,
  requiredOption,
  textOption,
  UsageError,
  withRoster,
} from '../command.ts'
import { createRemote, listRemote, mustChangeOf } from '../remote/users.ts'
import { encryptionOf } from '../shell/encryption.ts'
import { privateFile, refuseExisting, writeAll } from '../shell/files.ts'
import { progress } from '../shell/progress.ts'
import { table } from '../shell/table.ts'

export const usersCreate: Command = {
  name: 'users create',
  remote: createRemote,
  about: 'Create a user',
  examples: [
    '--username alice --email alice@example.com',
    '--username ops --email ops@example.com --roles admin,user',
  ],
  options: {
    username: { type: 'string', value: 'NAME', about: 'username' },
    email: {
      type: 'string',
      value: 'ADDRESS',
      about: 'e-mail address; not required with ROSTER_EMAIL=optional',
    },
    roles: { type: 'string', value: 'A,B', about: 'names of roles; user by default' },
    'password-stdin': {
      type: 'boolean',
      about: 'read the password from standard input; without it the user gets a mail with a link',
    },
    'must-change': { type: 'boolean', about: 'the user must replace the password at the first sign-in' },
  },
  async run(input) {
    const username = requiredOption(input, 'username')
    const email = textOption(input, 'email') ?? null
    const password = input.values['password-stdin'] ? await readLine() : undefined
    const mustChange = mustChangeOf(input)
    const roles = textOption(input, 'roles')?.split(',')
    return withRoster(async (roster) => {
      const { user } = await roster.users.create(systemCaller, {
        ...{ username, email },
        ...(roles ? { roles } : {}),
        ...(password === undefined ? {} : { password }),
        ...(mustChange ? { must_change_password: true } : {}),
      })
      const link =
        password === undefined && email !== null ? `; a link to set a password goes to ${email}` : ''
      print(input, user, `created ${user.username} (${user.id}) in ${roster.databaseName}${link}`)
      return 0
    })
  },
}

export const usersList: Command = {
  name: 'users list',
  remote: listRemote,
  about: 'List users, newest first',
  examples: ['', '--q ali', `--filter 'status eq "disabled"' --json`],
  options: {
    q: { type: 'string', value: 'TEXT', about: 'a part of username, e-mail address or name' },
    filter: { type: 'string', value: 'FILTER', about: 'a filter, as in the API' },
    limit: { type: 'string', value: 'N', about: 'the maximum number; 50 by default' },
  },
  run: (input) =>
    withRoster(async (roster) => {
      const limit = Number(textOption(input, 'limit') ?? 50)
      if (!Number.isInteger(limit) || limit < 1 || limit > 200)
        throw new UsageError('--limit is a number from 1 to 200.')
      const { items } = await roster.users.list(systemCaller, filtersOf(input), {
        limit,
        direction: 'next',
        position: null,
        wantsTotal: false,
      })
      const rows = items.map((user) => [
        user.id,
        user.username,
        user.status,
        user.roles.join(', '),
        user.email,
      ])
      print(input, items, table(['ID', 'USERNAME', 'STATUS', 'ROLES', 'EMAIL'], rows))
      if (!input.json && items.length === 0) console.error(`No user of ${roster.databaseName} fits.`)
      return 0
    }),
}

export const usersExport: Command = {
  name: 'users export',
  about: 'Export users to FILE (mode 0600); - for standard output',
  examples: [
    'users.ndjson --include-hashes',
    'users.ndjson.age --include-hashes --recipient age1…',
    'users.csv --bom',
    `- --filter 'status eq "active"'`,
  ],
  positionals: ['FILE'],
  options: {
    format: {
      type: 'string',
      value: 'ndjson|csv',
      about: 'by default csv for a FILE that ends with .csv, else ndjson',
    },
    bom: { type: 'boolean', about: 'CSV: add a byte order mark, so that Excel reads it as UTF-8' },
    force: { type: 'boolean', about: 'overwrite FILE when it exists' },
    q: { type: 'string', value: 'TEXT', about: 'a part of username, e-mail address or name' },
    filter: { type: 'string', value: 'FILTER', about: 'a filter, as in the API' },
    'include-hashes': { type: 'boolean', about: 'with the password hashes and authenticator apps' },
    encrypt: {
      type: 'boolean',
      about:
        'encrypt with age, for ROSTER_BACKUP_RECIPIENTS or with ROSTER_BACKUP_PASSPHRASE; other installations can then import the authenticator apps',
    },
    recipient: {
      type: 'string',
      value: 'age1…',
      multiple: true,
      about: 'encrypt for this age recipient; may be repeated',
    },
  },
  async run(input) {
    const { file, format, bom, mayOverwrite } = targetOf(input)
    const encryption = encryptionFor(input, format)
    return withRoster(async (roster) => {
      const shown = progress(undefined, input.json)
      let users = 0
      const text = roster.transfer.export(systemCaller, filtersOf(input), {
        format,
        passwordHashes: input.values['include-hashes'] === true,
        isEncrypted: encryption !== null,
        counted(count) {
          users = count
          shown.show(count)
        },
      })
      const out = file === '-' ? process.stdout : privateFile(file, mayOverwrite)
      if (bom) out.write('\ufeff')
      await writeAll(encryption === null ? text : await encryptedText(text, encryption), out)
      shown.end()
      if (file !== '-')
        print(input, { file, users }, `wrote ${file}: ${users} users of ${roster.databaseName}`)
      return 0
    })
  },
  async remote(input, remote) {
    if (isEncryptionWanted(input))
      throw new UsageError('Encrypted exports are made on the machine of the database, without --url.')
    const { file, format, bom, mayOverwrite } = targetOf(input)
    const query = new URLSearchParams(filtersOf(input))
    if (input.values['include-hashes'] === true) query.set('include', 'password_hash')
    const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
    const body = await remote.stream(`/users/export?${query}`, type)
    const out = file === '-' ? process.stdout : privateFile(file, mayOverwrite)
    if (bom) out.write('\ufeff')
    await writeAll(body, out)
    if (file !== '-') print(input, { file }, `wrote ${file}: users of ${remote.url}`)
    return 0
  },
}

const isEncryptionWanted = ({ values }: Input): boolean =>
  values['encrypt'] === true || values['recipient'] !== undefined

/** @throws UsageError */
function encryptionFor(input: Input, format: 'ndjson' | 'csv'): Encryption | null {
  if (!isEncryptionWanted(input)) return null
  if (format === 'csv') throw new UsageError('An encrypted export is NDJSON.')
  const encryption = encryptionOf(input)
  if (encryption) return encryption
  throw new UsageError('--encrypt needs --recipient, ROSTER_BACKUP_RECIPIENTS or ROSTER_BACKUP_PASSPHRASE.')
}

/** @throws UsageError when the options do not fit together, or the file exists */
function targetOf(input: Input) {
  const [file = ''] = input.positionals
  const format = textOption(input, 'format') ?? (/\.csv$/i.test(file) ? 'csv' : 'ndjson')
  if (format !== 'ndjson' && format !== 'csv') throw new UsageError('--format is ndjson or csv.')
  const bom = input.values['bom'] === true
  if (bom && format !== 'csv') throw new UsageError('--bom is for CSV.')
  const mayOverwrite = input.values['force'] === true
  if (file !== '-' && !mayOverwrite) refuseExisting(file)
  return { file, format, bom, mayOverwrite } as const
}

function filtersOf(input: Input): { q?: string; filter?: string } {
  const q = textOption(input, 'q')
  const filter = textOption(input, 'filter')
  return { ...(q === undefined ? {} : { q }), ...(filter === undefined ? {} : { filter }) }
}
