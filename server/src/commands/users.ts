import { chmodSync, createWriteStream, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { systemCaller } from '../caller.ts'
import {
  type Command,
  print,
  readLine,
  requiredOption,
  textOption,
  UsageError,
  withRoster,
} from './command.ts'
import { progress } from './progress.ts'

export const usersCreate: Command = {
  name: 'users create',
  about: 'Create a user',
  options: {
    username: { type: 'string', value: 'NAME', about: 'username' },
    email: { type: 'string', value: 'ADDRESS', about: 'e-mail address' },
    roles: { type: 'string', value: 'A,B', about: 'names of roles; user when left out' },
    'password-stdin': {
      type: 'boolean',
      about: 'read the password from standard input; without it the user gets a mail with a link',
    },
  },
  async run(input) {
    const fields = { username: requiredOption(input, 'username'), email: requiredOption(input, 'email') }
    const password = input.values['password-stdin'] ? await readLine() : undefined
    const roles = textOption(input, 'roles')?.split(',')
    return withRoster(async (roster) => {
      const { user } = await roster.users.create(systemCaller, {
        ...fields,
        ...(roles ? { roles } : {}),
        ...(password === undefined ? {} : { password }),
      })
      print(input, user, `created ${user.username} (${user.id})`)
      return 0
    })
  },
}

export const usersList: Command = {
  name: 'users list',
  about: 'List users, newest first',
  options: {
    q: { type: 'string', value: 'TEXT', about: 'a part of username, e-mail address or name' },
    filter: { type: 'string', value: 'FILTER', about: 'a filter as the API understands it' },
    limit: { type: 'string', value: 'N', about: 'how many at most; 50 when left out' },
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
      const width = Math.max(8, ...items.map(({ username }) => username.length))
      print(
        input,
        items,
        items
          .map(
            (user) => `${user.id}  ${user.username.padEnd(width)}  ${user.status.padEnd(8)}  ${user.email}`,
          )
          .join('\n'),
      )
      return 0
    }),
}

export const usersExport: Command = {
  name: 'users export',
  about: 'Export users to FILE (mode 0600); - for standard output',
  positionals: ['FILE'],
  options: {
    format: { type: 'string', value: 'ndjson|csv', about: 'ndjson when left out' },
    q: { type: 'string', value: 'TEXT', about: 'a part of username, e-mail address or name' },
    filter: { type: 'string', value: 'FILTER', about: 'a filter as the API understands it' },
    'include-hashes': { type: 'boolean', about: 'with the password hashes' },
  },
  async run(input) {
    const format = textOption(input, 'format') ?? 'ndjson'
    if (format !== 'ndjson' && format !== 'csv') throw new UsageError('--format is ndjson or csv.')
    const [file = ''] = input.positionals
    return withRoster(async (roster) => {
      const shown = progress(undefined, input.json)
      let users = 0
      const text = roster.transfer.export(systemCaller, filtersOf(input), {
        format,
        passwordHashes: input.values['include-hashes'] === true,
        counted(count) {
          users = count
          shown.show(count)
        },
      })
      await pipeline(Readable.from(text), file === '-' ? process.stdout : privateFile(file))
      shown.end()
      if (file !== '-') print(input, { file, users }, `wrote ${file}: ${users} users`)
      return 0
    })
  },
}

function filtersOf(input: Parameters<Command['run']>[0]): { q?: string; filter?: string } {
  const q = textOption(input, 'q')
  const filter = textOption(input, 'filter')
  return { ...(q === undefined ? {} : { q }), ...(filter === undefined ? {} : { filter }) }
}

/** Readable by its owner alone, also when it was there before. */
function privateFile(file: string) {
  writeFileSync(file, '', { mode: 0o600 })
  chmodSync(file, 0o600)
  return createWriteStream(file)
}
