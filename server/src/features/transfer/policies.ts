/** The default options of an import, by its format. */

/** How an import treats an account that a row matches by an unproven address. */
export type Unverified = 'claim' | 'refuse'

export type WeakPasswords = 'refuse' | 'reset' | 'keep'
export type Source = { name: string; isNamed: boolean }

/** Ids of our own files, and of files without a known system, get no prefix. */
const withoutSystem: ReadonlySet<string> = new Set(['roster', 'csv', 'json', 'sql'])

export function sourceOf(format: string, named: string | undefined): Source | undefined {
  if (named !== undefined) return { name: named, isNamed: true }
  return withoutSystem.has(format) ? undefined : { name: format, isNamed: false }
}

export type RolePolicy = 'as given' | 'known' | 'harmless'

/** Our own export contains our roles; in other systems a role with the same name may have another meaning. */
export const rolePolicies: Record<string, RolePolicy> = { roster: 'as given', csv: 'known' }
