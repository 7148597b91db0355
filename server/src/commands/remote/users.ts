/** The commands of users over HTTP. */
import { argument, print, readLine, requiredOption, textOption, UsageError } from '../command.ts'
import { refused } from '../shell/confirm.ts'
import { shownUser } from '../shell/shown-user.ts'
import { sheet, table } from '../shell/table.ts'
import type { Input } from '../usage.ts'
import type { Remote, RemoteUser } from './remote.ts'

/** @throws UsageError for `--must-change` without a password */
export function mustChangeOf({ values }: Input): boolean {
  const mustChange = values['must-change'] === true
  if (mustChange && values['password-stdin'] !== true)
    throw new UsageError('--must-change needs a password: give --password-stdin.')
  return mustChange
}

export async function createRemote(input: Input, remote: Remote): Promise<number> {
  const mustChange = mustChangeOf(input)
  const roles = textOption(input, 'roles')?.split(',')
  const user = await remote.call<RemoteUser>('POST', '/users', {
    username: requiredOption(input, 'username'),
    email: textOption(input, 'email') ?? null,
    ...(roles && { roles }),
    ...(input.values['password-stdin'] === true && { password: await readLine() }),
    ...(mustChange && { must_change_password: true }),
  })
  print(input, user, `created ${user.username} (${user.id}) at ${remote.url}`)
  return 0
}

export async function listRemote(input: Input, remote: Remote): Promise<number> {
  const query = new URLSearchParams({ limit: textOption(input, 'limit') ?? '50' })
  for (const name of ['q', 'filter']) {
    const value = textOption(input, name)
    if (value !== undefined) query.set(name, value)
  }
  const users = await remote.call<RemoteUser[]>('GET', `/users?${query}`)
  const rows = users.map((user) => [user.id, user.username, user.status, user.roles.join(', '), user.email])
  print(input, users, table(['ID', 'USERNAME', 'STATUS', 'ROLES', 'EMAIL'], rows))
  return 0
}

export async function showRemote(input: Input, remote: Remote): Promise<number> {
  const user = await remote.user(argument(input))
  const shown = Object.entries(user).map(([name, value]) => [name, textOf(value)] as const)
  print(input, user, sheet(Object.fromEntries(shown)))
  return 0
}

export const setStatusRemote =
  (status: 'disabled' | 'active') =>
  async (input: Input, remote: Remote): Promise<number> => {
    const { id } = await remote.user(argument(input))
    const user = await remote.call<RemoteUser>('PATCH', `/users/${id}`, { status })
    print(input, user, `${user.username} (${user.id}) is ${status} at ${remote.url}`)
    return 0
  }

export async function deleteRemote(input: Input, remote: Remote): Promise<number> {
  const purge = input.values['purge'] === true
  const user = await remote.user(argument(input))
  const who = `${shownUser(user)} at ${remote.url}`
  const code = await refused(input, purge ? `Erase ${who} permanently?` : `Put ${who} into the recycle bin?`)
  if (code !== null) return code
  await remote.call('DELETE', `/users/${user.id}${purge ? '?purge=true' : ''}`)
  print(
    input,
    { id: user.id, username: user.username, purged: purge },
    purge ? `erased ${who}` : `put ${who} into the recycle bin`,
  )
  return 0
}

export async function restoreRemote(input: Input, remote: Remote): Promise<number> {
  const { id } = await remote.user(argument(input), true)
  const user = await remote.call<RemoteUser>('POST', `/users/${id}/restore`)
  print(input, user, `restored ${user.username} (${user.id}) at ${remote.url}`)
  return 0
}

function textOf(value: unknown): string | number | boolean | null {
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return value === null || value === undefined ? null : JSON.stringify(value)
}
