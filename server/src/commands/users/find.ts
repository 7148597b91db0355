/** Finds the user of an argument. */
import { systemCaller } from '../../caller.ts'
import { ConfigError } from '../../config.ts'
import type { User } from '../../features/users/user.ts'
import type { Place } from '../command.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const who = 'ID, username or e-mail address'

/**
 * By id, username or e-mail address.
 * @throws ConfigError when there is none; the message says whether the recycle bin has one
 */
export async function findUser(place: Place, name: string): Promise<User> {
  const { users } = place
  const row = uuid.test(name) ? undefined : await users.findByName(name)
  const found = await users.findUser(row?.id ?? name.toLowerCase())
  if (found) return found
  const deleted = await findDeleted(place, name)
  throw new ConfigError(
    deleted.length > 0
      ? `${name} is in the recycle bin; \`roster users restore ${deleted[0]!.id}\` brings the user back`
      : `There is no user ${name} in ${place.databaseName}`,
  )
}

/** Users in the recycle bin; several may have had the same name. */
export async function findDeleted({ users }: Place, name: string): Promise<User[]> {
  const byName = name.includes('@') ? { email: name } : { username: name }
  const { items } = await users.list(
    systemCaller,
    { deleted: true, ...(uuid.test(name) ? { filter: `id eq "${name.toLowerCase()}"` } : byName) },
    { limit: 20, direction: 'next', position: null, wantsTotal: false },
  )
  return items
}
