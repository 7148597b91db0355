/** Roles, and who has them. */
import { type Permission, permissions, systemCaller } from '../../caller.ts'
import {
  type Command,
  type Input,
  print,
  requiredOption,
  textOption,
  UsageError,
  withRoster,
} from '../command.ts'
import { refused, yes } from '../shell/confirm.ts'
import { sheet, table } from '../shell/table.ts'
import { findUser } from '../users/find.ts'

const options = {
  permissions: { type: 'string', value: 'A,B', about: 'what the role allows: users:read, users:write …' },
  description: { type: 'string', value: 'TEXT', about: 'what the role is for' },
  'second-factor': {
    type: 'string',
    value: 'required|optional',
    about: 'whether users with the role must have a second factor',
  },
} as const

/** @throws UsageError naming those that exist */
export function permissionsOf(text: string): Permission[] {
  const wanted = text.split(',').map((each) => each.trim())
  const unknown = wanted.find((each) => !(permissions as readonly string[]).includes(each))
  if (unknown !== undefined)
    throw new UsageError(`There is no permission ${unknown}; there are ${permissions.join(', ')}.`)
  return wanted as Permission[]
}

/** @throws UsageError */
function factorOf(input: Input): boolean | undefined {
  const text = textOption(input, 'second-factor')
  if (text === undefined || text === 'required' || text === 'optional') return text && text === 'required'
  throw new UsageError('--second-factor is required or optional.')
}

export const rolesList: Command = {
  name: 'roles list',
  about: 'List roles and what they allow',
  examples: ['', '--json'],
  run: (input) =>
    withRoster(async ({ features }) => {
      const roles = await features.roles.list(systemCaller)
      const rows = roles.map((role) => [role.name, role.permissions.join(', '), role.description])
      print(input, roles, table(['NAME', 'PERMISSIONS', 'DESCRIPTION'], rows))
      return 0
    }),
}

export const rolesShow: Command = {
  name: 'roles show',
  about: 'Show a role',
  positionals: ['ROLE'],
  examples: ['admin'],
  run: (input) =>
    withRoster(async ({ features }) => {
      const { role } = await features.roles.get(systemCaller, input.positionals[0]!)
      print(input, role, sheet({ ...role, permissions: role.permissions.join(', ') }))
      return 0
    }),
}

export const rolesCreate: Command = {
  name: 'roles create',
  about: 'Create a role',
  positionals: ['ROLE'],
  options,
  examples: ['support --permissions users:read,audit:read --description "Answers questions of users"'],
  run(input) {
    const wanted = permissionsOf(requiredOption(input, 'permissions'))
    return withRoster(async ({ features, databaseName }) => {
      const { role } = await features.roles.create(systemCaller, {
        name: input.positionals[0]!,
        description: textOption(input, 'description') ?? '',
        permissions: wanted,
        second_factor_required: factorOf(input) ?? false,
      })
      print(input, role, `created the role ${role.name} in ${databaseName}: ${role.permissions.join(', ')}`)
      return 0
    })
  },
}

export const rolesUpdate: Command = {
  name: 'roles update',
  about: 'Change what a role allows, or its description',
  positionals: ['ROLE'],
  options,
  examples: ['support --permissions users:read'],
  run(input) {
    const given = textOption(input, 'permissions')
    const description = textOption(input, 'description')
    const required = factorOf(input)
    if (given === undefined && description === undefined && required === undefined)
      throw new UsageError('Give --permissions, --description or --second-factor.')
    const fields = {
      ...(given === undefined ? {} : { permissions: permissionsOf(given) }),
      ...(description === undefined ? {} : { description }),
      ...(required === undefined ? {} : { second_factor_required: required }),
    }
    return withRoster(async ({ features, databaseName }) => {
      const { role } = await features.roles.patch(systemCaller, input.positionals[0]!, null, fields)
      print(input, role, `changed the role ${role.name} in ${databaseName}: ${role.permissions.join(', ')}`)
      return 0
    })
  },
}

export const rolesDelete: Command = {
  name: 'roles delete',
  about: 'Delete a role that no user has',
  positionals: ['ROLE'],
  options: yes,
  examples: ['support --yes'],
  run: (input) =>
    withRoster(async ({ features, databaseName }) => {
      const { role } = await features.roles.get(systemCaller, input.positionals[0]!)
      const code = await refused(input, `Delete the role ${role.name} in ${databaseName}?`)
      if (code !== null) return code
      await features.roles.delete(systemCaller, role.name, null)
      print(input, { name: role.name }, `deleted the role ${role.name} in ${databaseName}`)
      return 0
    }),
}

const change = (name: 'grant' | 'revoke', about: string): Command => ({
  name: `roles ${name}`,
  about,
  positionals: ['ROLE', 'USER'],
  examples: ['support alice'],
  run: (input) => withRoster((place) => changeRoles(place, input, name === 'grant')),
})

async function changeRoles(
  place: Parameters<Parameters<typeof withRoster>[0]>[0],
  input: Input,
  grants: boolean,
): Promise<number> {
  const [role = '', name = ''] = input.positionals
  const found = await findUser(place, name)
  const others = found.roles.filter((each) => each !== role)
  const roles = grants ? [...others, role] : others
  const { user } = await place.users.patch(systemCaller, found.id, null, { roles })
  print(
    input,
    user,
    `${user.username} (${user.id}) has ${user.roles.join(', ') || 'no role'} in ${place.databaseName}`,
  )
  return 0
}

export const rolesGrant = change('grant', 'Give a role to a user')
export const rolesRevoke = change('revoke', 'Take a role from a user')
