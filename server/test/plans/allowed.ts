/** Tables that stay small, and statements that have to read a whole table. */

/** They hold what operators set up by hand, one row a process, or changes that a job folds away within minutes. */
export const small: ReadonlySet<string> = new Set([
  'applications',
  'application_secrets',
  'audit_retention',
  'counter_changes',
  'identity_providers',
  'jobs',
  'probes',
  'roles',
  'schema_migrations',
  'signing_keys',
  'webhooks',
])

type Allowed = { from: string; text: RegExp; why: string }

export const allowed: readonly Allowed[] = [
  {
    from: 'src/features/users/list/store.ts',
    text: /users\.seq = any\(\$\d+::bigint\[\]\) and users\.deleted_at is not null/,
    why: 'PostgreSQL may walk the index of the recycle bin instead of looking up what the search found',
  },
]
