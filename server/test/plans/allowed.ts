/** Tables that stay small, and statements that have to read a whole table. */

/** They hold what operators set up by hand, or one row a process. */
export const small: ReadonlySet<string> = new Set([
  'applications',
  'application_secrets',
  'audit_retention',
  'jobs',
  'probes',
  'roles',
  'schema_migrations',
  'signing_keys',
])

type Allowed = { from: string; text: RegExp; why: string }

export const allowed: readonly Allowed[] = []
