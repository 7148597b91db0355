/** Tables that stay small, and statements that have to read a whole table. */

/** They hold what operators set up by hand, one row a process or an index, or changes that a job folds away within minutes. */
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
  'scim_connections',
  'signing_keys',
  'sqlite_stat1',
  'webhooks',
])

/** Migrations, copies to the other engine and the deep check of `roster doctor` read every row. */
export const uncollected: readonly string[] = [
  'src/database/migrate.ts',
  'src/database/migrations',
  'src/commands/database/copy-database.ts',
  'src/commands/doctor/deep.ts',
]

type Allowed = { from: string; text: RegExp; why: string }

export const allowed: readonly Allowed[] = [
  {
    from: 'src/features/scim/connections/store.ts',
    text: /^select "seq", "subject" from "scim_requests"/,
    why: 'there are at most two hundred requests of each connection',
  },
  {
    from: 'src/features/users/list/store.ts',
    text: /users\.deleted_at is not null/,
    why: 'it walks the index that has the users in the recycle bin alone',
  },
  {
    from: 'src/features/users/list/store.ts',
    text: /^select count\(\*\) as "count" from "users"/,
    why: 'an exact count reads what it counts; only callers who ask for one get it',
  },
  {
    from: 'src/features/users/list/narrow-store.ts',
    text: /from \(select "seq" from "users" where \((instr|strpos)\(cast\(users\.(metadata|profile) as text\)/,
    why: 'metadata and profiles have no index; a caller has at most one such search at a time',
  },
  {
    from: 'src/features/groups/store.ts',
    text: /^select count\(\*\) as "count" from "groups"$/,
    why: 'an exact count reads what it counts; SCIM lists without a filter and callers who ask for one get it',
  },
  {
    from: 'src/app.ts',
    text: /^select count\(\*\) as "users" from "users"$/,
    why: 'an upgrade counts the users once, to say how long it takes',
  },
  {
    from: 'src/commands/database/restore.ts',
    text: /^update (sessions set ended_at|api_keys set revoked_at|bulk_jobs set state)/,
    why: 'a restore ends all sessions, API keys and unfinished jobs, before the service starts',
  },
  {
    from: 'src/mail/outbox-store.ts',
    text: /^select count\(\*\)/,
    why: 'it walks the index that has the waiting or the failed mails alone',
  },
]
