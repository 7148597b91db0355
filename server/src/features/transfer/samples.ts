/** The first users of a dry run as they would be imported, without credentials. */
import type { ImportedUser, ImportItem } from './imported-user.ts'

export type Sample = {
  row: number
  password: 'hash' | 'plain' | 'none'
  /** The roles of the file that the user would not get. */
  other_roles?: string[]
} & Omit<ImportedUser, 'password' | 'password_hash' | 'totp_factor' | 'totp_secret' | 'notes'>

const maxSamples = 5

/** Adds users that would be created or changed. */
export function addSamples(
  samples: Sample[],
  items: readonly ImportItem[],
  results: readonly { row: number; result: string; username?: string; roles?: string[] }[],
): void {
  const byRow = new Map(results.map((result) => [result.row, result]))
  for (const item of items) {
    if (samples.length >= maxSamples) return
    const { result, username, roles } = byRow.get(item.row) ?? { result: 'none' }
    if (!('user' in item) || (result !== 'created' && result !== 'updated')) continue
    const { password, password_hash, totp_factor: _1, totp_secret: _2, notes: _3, ...user } = item.user
    const kind = password_hash !== undefined ? 'hash' : password !== undefined ? 'plain' : 'none'
    const others = user.roles?.filter((role) => roles?.includes(role) === false) ?? []
    samples.push({
      ...{ row: item.row, ...user },
      ...(username !== undefined && { username }),
      ...(user.roles && roles && { roles }),
      ...(others.length > 0 && { other_roles: others }),
      password: kind,
    })
  }
}
