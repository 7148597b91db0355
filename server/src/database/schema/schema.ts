/**
 * The tables as TypeScript sees them. The columns are made by `migrations/`; each table is written by the store
 * of its owner alone. Instants are RFC 3339 UTC text with milliseconds on both engines, a flag is a nullable
 * instant, JSON is text.
 */
import type { JWK } from 'jose'
import type { Generated } from 'kysely'
import type { Permission } from '../../caller.ts'
import type { JsonObject } from '../../encoding/json-object.ts'
import type { JsonText } from '../../encoding/json-text.ts'
import type {
  EventFeedTable,
  EventsTable,
  WebhookDeliveriesTable,
  WebhookSecretsTable,
  WebhooksTable,
} from './events.ts'
import type { GroupTables } from './groups.ts'
import type { IdentitiesTable, IdentityProvidersTable, ProviderAttemptsTable } from './identities.ts'
import type {
  ApplicationConnectionsTable,
  ApplicationSecretsTable,
  ApplicationsTable,
  LogoutNoticesTable,
  OauthRecordsTable,
  SignInTables,
} from './sign-in.ts'
import type { SignUpTables } from './sign-ups.ts'
import type {
  BulkJobsTable,
  BulkJobUsersTable,
  CounterChangesTable,
  CountersTable,
  JobsTable,
} from './work.ts'

export type * from './events.ts'
export type * from './groups.ts'
export type * from './identities.ts'
export type * from './sign-in.ts'
export type * from './sign-ups.ts'
export type * from './work.ts'

/** Owner: features/users. */
export type UsersTable = {
  /** Counts rows in the order they came; ties the row to its entry in the search index. Never shown. */
  seq: Generated<number>
  id: string
  username: string
  username_key: string
  /** The username in another system, when it could not be one here. */
  previous_username_key: Generated<string | null>
  email: string | null
  /** Unique also among users without an address: see `keyWithoutEmail`. */
  email_key: string
  email_verified_at: string | null
  first_name: string | null
  first_name_key: string | null
  last_name: string | null
  last_name_key: string | null
  /** A language tag, for mails and pages. */
  locale: string | null
  search_text: string
  disabled_at: string | null
  external_id: string | null
  metadata: JsonText<JsonObject>
  profile: Generated<JsonText<JsonObject>>
  version: number
  created_at: string
  updated_at: string
  last_login_at: string | null
  deleted_at: string | null
}

/** Owner: features/users. */
export type UserRolesTable = { user_id: string; role: string }

/** Owner: features/passwords. */
export type PasswordsTable = {
  user_id: string
  hash: string
  changed_at: string
  /** Wrong passwords since the last right one; the password is refused from 100 on, until it is reset. */
  failures: number
  /** The SHA-256 (base64url) of the hash that an import brought last. */
  imported: Generated<string | null>
  /** What verifying a hash of another system costs; null for ours. */
  imported_work: Generated<number | null>
  /** From when the user must replace the password, because an administrator handed it out. */
  must_change_since: Generated<string | null>
  /** When it was set with a link of a mail; null when it was set in another way. */
  reset_by_mail_at: Generated<string | null>
}

/** Owner: features/roles. */
export type RolesTable = {
  name: string
  description: string
  permissions: JsonText<Permission[]>
  /** From when users with the role must have a second factor. */
  second_factor_since: string | null
  version: number
  created_at: string
  updated_at: string
}

/** Owner: features/sessions. */
export type SessionsTable = {
  id: string
  user_id: string
  user_agent: string | null
  address: string | null
  auth_methods: string
  created_at: string
  last_seen_at: string
  /** Of a browser session: its end when it is not used any more. */
  expires_at: string
  ended_at: string | null
  end_reason: string | null
  kind: Generated<'api' | 'browser'>
  /** SHA-256 of the cookie of a browser session. */
  cookie_hash: string | null
  /** When a browser session ends in any case. */
  latest_expiry: string | null
  /** When the person last proved who they are; null in a session from before this was noted. */
  proven_at: string | null
}

/** Owner: features/sessions. One row a refresh token ever handed out, by its SHA-256. */
export type RefreshTokensTable = {
  hash: string
  session_id: string
  created_at: string
  expires_at: string
  used_at: string | null
}

/** Owner: features/sessions. The private half is encrypted with the secret key. */
export type SigningKeysTable = {
  id: string
  public_jwk: JsonText<JWK & { alg: 'EdDSA' | 'RS256' }>
  private_jwk: string
  created_at: string
  /** From when it signs. It is published from `created_at` on. */
  active_at: string
  /** From when it is neither used nor published. */
  retired_at: string | null
}

/** Owner: features/attempts. Attempts by account and by network, under a keyed hash. */
export type AttemptsTable = {
  key: string
  count: number
  window_ends_at: string
  blocked_until: string | null
}

/** Owner: features/api-keys. */
export type ApiKeysTable = {
  id: string
  user_id: string
  name: string
  secret_hash: string
  permissions: JsonText<Permission[]>
  version: number
  created_at: string
  updated_at: string
  expires_at: string
  last_used_at: string | null
  revoked_at: string | null
  /** When the audit was told that it had expired. */
  expiry_noted_at: string | null
}

/** Owner: features/audit. Rows are only ever added: the database refuses the rest (see `protect` of the dialects). */
export type AuditEventsTable = {
  seq: Generated<number>
  id: string
  at: string
  type: string
  outcome: 'success' | 'failure' | 'denied'
  reason: string | null
  actor_kind: string
  actor_id: string | null
  api_key_id: string | null
  target_kind: string | null
  target_id: string | null
  changes: JsonText<JsonObject> | null
  address: string | null
  user_agent: string | null
  session_id: string | null
  request_id: string | null
  auth_methods: string
}

/** Owner: features/audit. One row: events from before that instant may be deleted. It only moves forward. */
export type AuditRetentionTable = { id: number; deletable_before: string }

/** Owner: features/idempotency. */
export type IdempotencyKeysTable = {
  scope: string
  key: string
  fingerprint: string
  /** The encrypted answer; null while the first request runs. */
  answer: string | null
  /** The id of what the request made, noted in the same transaction. */
  resource_id: string | null
  created_at: string
  expires_at: string
}

/** Owner: database/watch.ts. One row that the readiness check writes. */
export type ProbesTable = { name: string; at: string }

/** Owner: features/account. Links of mails and the set-up link, by the SHA-256 of their token. */
export type OneTimeTokensTable = {
  hash: string
  purpose: string
  user_id: string | null
  /** The address a confirmation is about, in its canonical form. */
  email_key: string | null
  /** The same as it will be shown. */
  email: string | null
  created_at: string
  expires_at: string
}

/** Owner: features/account. What was asked about an address, until it is fulfilled a moment later. */
export type AccountRequestsTable = {
  id: string
  /** What was asked, by whom and about which address, encrypted. */
  content: string
  created_at: string
}

/** Owner: mail. */
export type MailOutboxTable = {
  id: string
  template: string
  /** Recipient and data of the template, encrypted: they hold addresses and links. */
  content: string
  created_at: string
  expires_at: string
  attempts: number
  /** The order of sending: 0 links that a user waits for, 1 notices, 2 greetings. */
  priority: Generated<number>
  next_attempt_at: string
  leased_until: string | null
  sent_at: string | null
  failed_at: string | null
  last_error: string | null
}

/** Owner: database. */
export type SchemaMigrationsTable = { name: string; applied_at: string }

/** The index for substring search; its shape differs between the engines, only `database/` touches it. */
export type Tables = GroupTables &
  SignUpTables &
  SignInTables & {
    users: UsersTable
    user_roles: UserRolesTable
    passwords: PasswordsTable
    roles: RolesTable
    sessions: SessionsTable
    refresh_tokens: RefreshTokensTable
    signing_keys: SigningKeysTable
    attempts: AttemptsTable
    api_keys: ApiKeysTable
    applications: ApplicationsTable
    application_connections: ApplicationConnectionsTable
    application_secrets: ApplicationSecretsTable
    logout_notices: LogoutNoticesTable
    oauth_records: OauthRecordsTable
    identity_providers: IdentityProvidersTable
    identities: IdentitiesTable
    provider_attempts: ProviderAttemptsTable
    audit_events: AuditEventsTable
    audit_retention: AuditRetentionTable
    events: EventsTable
    event_feed: EventFeedTable
    webhooks: WebhooksTable
    webhook_secrets: WebhookSecretsTable
    webhook_deliveries: WebhookDeliveriesTable
    idempotency_keys: IdempotencyKeysTable
    one_time_tokens: OneTimeTokensTable
    account_requests: AccountRequestsTable
    mail_outbox: MailOutboxTable
    jobs: JobsTable
    bulk_jobs: BulkJobsTable
    bulk_job_users: BulkJobUsersTable
    counters: CountersTable
    counter_changes: CounterChangesTable
    probes: ProbesTable
    schema_migrations: SchemaMigrationsTable
  }
