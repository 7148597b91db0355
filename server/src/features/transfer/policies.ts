/** What an import does by default, by the format of its file. */

/** The treatment of an account that a row matches by an unproven address. */
export type Unverified = 'claim' | 'refuse'

export type WeakPasswords = 'refuse' | 'reset' | 'keep'
export type Source = { name: string; isNamed: boolean }

/** The ids of our own files, and of files that name no system, have no system to be told by. */
const withoutSystem: ReadonlySet<string> = new Set(['roster', 'csv', 'json', 'sql'])

export function sourceOf(format: string, named: string | undefined): Source | undefined {
  if (named !== undefined) return { name: named, isNamed: true }
  return withoutSystem.has(format) ? undefined : { name: format, isNamed: false }
}

export type RolePolicy = 'as given' | 'known' | 'harmless'

/** Our own export means our roles; in other systems a role of the same name may mean anything. */
export const rolePolicies: Record<string, RolePolicy> = { roster: 'as given', csv: 'known' }
