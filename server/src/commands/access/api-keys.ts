/** API keys for programs. */
import { systemCaller } from '../../caller.ts'
import { fromNow } from '../../clock.ts'
import { ConfigError } from '../../config.ts'
import type { ApiKey } from '../../features/api-keys/api-key.ts'
import {
  argument,
  type Command,
  type Input,
  print,
  requiredOption,
  textOption,
  UsageError,
  withRoster,
} from '../command.ts'
import { refused, yes } from '../shell/confirm.ts'
import { table } from '../shell/table.ts'
import { findUser } from '../users/find.ts'
import { permissionsOf } from './roles.ts'

export const apiKeysList: Command = {
  name: 'api-keys list',
  about: 'List API keys, without their secrets',
  options: { user: { type: 'string', value: 'USER', about: 'only those of this user' } },
  examples: ['', '--user ada --json'],
  run: (input) =>
    withRoster(async (place) => {
      const name = textOption(input, 'user')
      const user = name === undefined ? 'all' : (await findUser(place, name)).id
      const page = { limit: 1000, position: null, direction: 'next' } as const
      const keys = await place.features.apiKeys.list(systemCaller, { user }, page)
      return printKeys(input, keys)
    }),
  async remote(input, remote) {
    const name = textOption(input, 'user')
    const user = name === undefined ? 'all' : (await remote.user(name)).id
    const keys: ApiKey[] = []
    let path: string | undefined = `/api-keys?limit=200&user=${user}`
    while (path !== undefined) {
      const page: { items: ApiKey[]; next?: string } = await remote.page<ApiKey>(path)
      keys.push(...page.items)
      path = page.next
    }
    return printKeys(input, keys)
  },
}

function printKeys(input: Input, keys: readonly ApiKey[]): number {
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.user_id,
    key.expires_at.slice(0, 10),
    key.last_used_at?.slice(0, 10) ?? 'never',
    key.permissions.join(', '),
  ])
  print(input, keys, table(['ID', 'NAME', 'USER', 'EXPIRES', 'LAST USED', 'PERMISSIONS'], rows))
  return 0
}

export const apiKeysCreate: Command = {
  name: 'api-keys create',
  about: 'Create an API key of a user, and print it once',
  options: {
    user: {
      type: 'string',
      value: 'USER',
      about: 'the owner of the key: it never has more permissions than this user',
    },
    name: { type: 'string', value: 'NAME', about: 'the purpose of the key' },
    permissions: {
      type: 'string',
      value: 'A,B',
      about: 'the permissions of the key: users:read, users:write …',
    },
    days: { type: 'string', value: 'N', about: 'the number of days it is valid; 90 by default, 366 at most' },
  },
  examples: ['--user ada --name backup --permissions users:read,users:export --days 30'],
  run(input) {
    const owner = requiredOption(input, 'user')
    const fields = newKey(input)
    const { name, permissions: wanted } = fields
    return withRoster(async (place) => {
      const { apiKeys, roleLookup } = place.features
      const user = await findUser(place, owner)
      const held = await roleLookup.permissionsOf(user.roles)
      const lacking = wanted.find((each) => !held.has(each))
      if (lacking !== undefined)
        throw new ConfigError(
          `${user.username} does not have the permission ${lacking}, and so the key could not use it`,
        )
      const { api_key, secret } = await apiKeys.create(systemCaller, fields, user.id)
      print(
        input,
        { ...api_key, secret },
        `created the API key ${name} (${api_key.id}) of ${user.username} in ${place.databaseName}; it expires at ${api_key.expires_at}\n${secret}`,
      )
      return 0
    })
  },
  async remote(input, remote) {
    if (textOption(input, 'user') !== undefined)
      throw new UsageError('Over HTTP the new key belongs to the owner of --api-key-file: leave out --user.')
    const key = await remote.call<ApiKey & { secret: string }>('POST', '/api-keys', newKey(input))
    print(
      input,
      key,
      `created the API key ${key.name} (${key.id}) at ${remote.url}; it expires at ${key.expires_at}\n${key.secret}`,
    )
    return 0
  },
}

/** @throws UsageError */
function newKey(input: Input) {
  const days = textOption(input, 'days')
  if (days !== undefined && !/^[1-9]\d{0,3}$/.test(days))
    throw new UsageError('--days is a whole number from 1.')
  return {
    name: requiredOption(input, 'name'),
    permissions: permissionsOf(requiredOption(input, 'permissions')),
    ...(days === undefined ? {} : { expires_at: fromNow(Number(days) * 24 * 3600) }),
  }
}

export const apiKeysRevoke: Command = {
  name: 'api-keys revoke',
  about: 'Revoke an API key',
  positionals: ['ID'],
  options: yes,
  examples: ['01a22744-821d-7000-a5a8-0ac452a5d5b0 --yes'],
  run: (input) =>
    withRoster(async ({ features, databaseName }) => {
      const { api_key: key } = await features.apiKeys.get(systemCaller, argument(input).toLowerCase())
      const code = await refused(input, `Revoke the API key ${key.name} (${key.id}) in ${databaseName}?`)
      if (code !== null) return code
      await features.apiKeys.revoke(systemCaller, key.id, null)
      print(
        input,
        { id: key.id, name: key.name },
        `revoked the API key ${key.name} (${key.id}) in ${databaseName}`,
      )
      return 0
    }),
  async remote(input, remote) {
    const path = `/api-keys/${encodeURIComponent(argument(input))}`
    const { id, name } = await remote.call<ApiKey>('GET', path)
    const code = await refused(input, `Revoke the API key ${name} (${id}) at ${remote.url}?`)
    if (code !== null) return code
    await remote.call('DELETE', path)
    print(input, { id, name }, `revoked the API key ${name} (${id}) at ${remote.url}`)
    return 0
  },
}
