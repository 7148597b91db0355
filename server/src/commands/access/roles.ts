/** Commands of roles and their holders. */
import { type Permission, permissions, systemCaller } from '../../caller.ts'
import { isOneOf } from '../../encoding/one-of.ts'
import type { Role } from '../../features/roles/role.ts'
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
import type { RemoteUser } from '../remote/remote.ts'
import { refused, yes } from '../shell/confirm.ts'
import { sheet, table } from '../shell/table.ts'
import { findUser } from '../users/find.ts'

const options = {
  permissions: {
    type: 'string',
    value: 'A,B',
    about: 'the permissions of the role: users:read, users:write …',
  },
  description: { type: 'string', value: 'TEXT', about: 'the purpose of the role' },
  'second-factor': {
    type: 'string',
    value: 'required|optional',
    about: 'whether users with the role must have a second factor',
  },
} as const

/** @throws UsageError with the existing ones */
export function permissionsOf(text: string): Permission[] {
  const wanted = text.split(',').map((each) => each.trim())
  const unknown = wanted.find((each) => !isOneOf(permissions, each))
  if (unknown !== undefined)
    throw new UsageError(`There is no permission ${unknown}; there are ${permissions.join(', ')}.`)
  return wanted.filter((each) => isOneOf(permissions, each))
}

/** @throws UsageError */
function factorOf(input: Input): boolean | undefined {
  const text = textOption(input, 'second-factor')
  if (text === undefined || text === 'required' || text === 'optional') return text && text === 'required'
  throw new UsageError('--second-factor is required or optional.')
}

export const rolesList: Command = {
  name: 'roles list',
  about: 'List roles and their permissions',
  examples: ['', '--json'],
  run: (input) =>
    withRoster(async ({ features }) => {
      return printRoles(input, await features.roles.list(systemCaller))
    }),
  remote: async (input, remote) => printRoles(input, await remote.call<Role[]>('GET', '/roles')),
}

/** Shortens the list for a table. */
const shortOf = (held: readonly string[]) =>
  held.length === permissions.length ? `all ${held.length}` : held.join(', ')

function printRoles(input: Input, roles: readonly Role[]): number {
  const rows = roles.map((role) => [role.name, shortOf(role.permissions), role.description])
  print(input, roles, table(['NAME', 'PERMISSIONS', 'DESCRIPTION'], rows))
  return 0
}

export const rolesShow: Command = {
  name: 'roles show',
  about: 'Show a role',
  positionals: ['ROLE'],
  examples: ['admin'],
  run: (input) =>
    withRoster(async ({ features }) => {
      const { role } = await features.roles.get(systemCaller, argument(input))
      return printRole(input, role)
    }),
  remote: async (input, remote) => printRole(input, await remote.call<Role>('GET', pathOf(input))),
}

function printRole(input: Input, role: Role): number {
  print(input, role, sheet({ ...role, permissions: role.permissions.join(', ') }))
  return 0
}

/** The path of the role in the first argument. */
const pathOf = (input: Input): string => `/roles/${encodeURIComponent(argument(input))}`

export const rolesCreate: Command = {
  name: 'roles create',
  about: 'Create a role',
  positionals: ['ROLE'],
  options,
  examples: ['support --permissions users:read,audit:read --description "Answers questions of users"'],
  run(input) {
    const wanted = newRole(input)
    return withRoster(async ({ features, databaseName }) => {
      const { role } = await features.roles.create(systemCaller, wanted)
      return done(input, role, `created the role ${role.name} in ${databaseName}`)
    })
  },
  async remote(input, remote) {
    const role = await remote.call<Role>('POST', '/roles', newRole(input))
    return done(input, role, `created the role ${role.name} at ${remote.url}`)
  },
}

/** @throws UsageError */
const newRole = (input: Input) => ({
  name: argument(input),
  description: textOption(input, 'description') ?? '',
  permissions: permissionsOf(requiredOption(input, 'permissions')),
  second_factor_required: factorOf(input) ?? false,
})

function done(input: Input, role: Role, what: string): number {
  print(input, role, `${what}: ${role.permissions.join(', ')}`)
  return 0
}

export const rolesUpdate: Command = {
  name: 'roles update',
  about: 'Change the permissions or the description of a role',
  positionals: ['ROLE'],
  options,
  examples: ['support --permissions users:read'],
  run(input) {
    const fields = changesOf(input)
    return withRoster(async ({ features, databaseName }) => {
      const { role } = await features.roles.patch(systemCaller, argument(input), null, fields)
      return done(input, role, `changed the role ${role.name} in ${databaseName}`)
    })
  },
  async remote(input, remote) {
    const role = await remote.call<Role>('PATCH', pathOf(input), changesOf(input))
    return done(input, role, `changed the role ${role.name} at ${remote.url}`)
  },
}

/** @throws UsageError when nothing is to change */
function changesOf(input: Input) {
  const given = textOption(input, 'permissions')
  const description = textOption(input, 'description')
  const required = factorOf(input)
  if (given === undefined && description === undefined && required === undefined)
    throw new UsageError('Give --permissions, --description or --second-factor.')
  return {
    ...(given === undefined ? {} : { permissions: permissionsOf(given) }),
    ...(description === undefined ? {} : { description }),
    ...(required === undefined ? {} : { second_factor_required: required }),
  }
}

export const rolesDelete: Command = {
  name: 'roles delete',
  about: 'Delete a role that no user has',
  positionals: ['ROLE'],
  options: yes,
  examples: ['support --yes'],
  run: (input) =>
    withRoster(async ({ features, databaseName }) => {
      const { role } = await features.roles.get(systemCaller, argument(input))
      const code = await refused(input, `Delete the role ${role.name} in ${databaseName}?`)
      if (code !== null) return code
      await features.roles.delete(systemCaller, role.name, null)
      print(input, { name: role.name }, `deleted the role ${role.name} in ${databaseName}`)
      return 0
    }),
  async remote(input, remote) {
    const { name } = await remote.call<Role>('GET', pathOf(input))
    const code = await refused(input, `Delete the role ${name} at ${remote.url}?`)
    if (code !== null) return code
    await remote.call('DELETE', pathOf(input))
    print(input, { name }, `deleted the role ${name} at ${remote.url}`)
    return 0
  },
}

const change = (name: 'grant' | 'revoke', about: string): Command => ({
  name: `roles ${name}`,
  about,
  positionals: ['ROLE', 'USER'],
  examples: ['support alice'],
  run: (input) =>
    withRoster(async (place) => {
      const found = await findUser(place, argument(input, 1))
      const roles = changed(found.roles, input, name === 'grant')
      const { user } = await place.users.patch(systemCaller, { id: found.id, ifMatch: null }, { roles })
      return printHolder(input, user, `in ${place.databaseName}`)
    }),
  async remote(input, remote) {
    const found = await remote.user(argument(input, 1))
    const roles = changed(found.roles, input, name === 'grant')
    const user = await remote.call<RemoteUser>('PATCH', `/users/${found.id}`, { roles })
    return printHolder(input, user, `at ${remote.url}`)
  },
})

function changed(roles: readonly string[], { positionals }: Input, isGrant: boolean): string[] {
  const [role = ''] = positionals
  const others = roles.filter((each) => each !== role)
  return isGrant ? [...others, role] : others
}

type Holder = { id: string; username: string; roles: readonly string[] }

function printHolder(input: Input, user: Holder, where: string): number {
  print(input, user, `${user.username} (${user.id}) has ${user.roles.join(', ') || 'no role'} ${where}`)
  return 0
}

export const rolesGrant = change('grant', 'Give a role to a user')
export const rolesRevoke = change('revoke', 'Remove a role from a user')
