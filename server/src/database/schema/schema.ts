/**
 * The TypeScript types of the tables, which `migrations/` create. Only the store of the owner writes a table. Instants
 * are RFC 3339 UTC text with milliseconds on both engines, a flag is a nullable instant, JSON is text.
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
  /** Numbers rows in the order of creation, and connects the row with its entry in the search index. Never shown. */
  seq: Generated<number>
  id: string
  username: string
  username_key: string
  /** The username in another system, if it is not valid here. */
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
  /** The SHA-256 (base64url) of the last imported hash. */
  imported: Generated<string | null>
  /** The cost of verifying an imported hash; null for ours. */
  imported_work: Generated<number | null>
  /** The time since which the user must replace the password, because an administrator set it. */
  must_change_since: Generated<string | null>
  /** The time at which it was set with a mailed link; null if it was set in another way. */
  reset_by_mail_at: Generated<string | null>
}

/** Owner: features/roles. */
export type RolesTable = {
  name: string
  description: string
  permissions: JsonText<Permission[]>
  /** The time since which users with the role must have a second factor. */
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
  /** For a browser session: its end if it is not used any more. */
  expires_at: string
  ended_at: string | null
  end_reason: string | null
  kind: Generated<'api' | 'browser'>
  /** SHA-256 of the cookie of a browser session. */
  cookie_hash: string | null
  /** The latest end of a browser session. */
  latest_expiry: string | null
  /** The time of the last proof of identity; null in a session of an earlier version. */
  proven_at: string | null
  impersonator_id: string | null
  impersonator_session_id: string | null
}

/** Owner: features/sessions. One row for each issued refresh token, by its SHA-256. */
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
  /** The time from which the key signs. It is published from `created_at` on. */
  active_at: string
  /** The time from which the key is neither used nor published. */
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
  /** The time at which its expiry was recorded in the audit log. */
  expiry_noted_at: string | null
}

/** Owner: features/audit. Rows are only ever added: the database refuses other changes (see `protect` of the dialects). */
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
  /** The user as whom the actor acted. */
  acting_as: string | null
}

/** Owner: features/audit. One row with an instant: events before it may be deleted. It only moves forward. */
export type AuditRetentionTable = { id: number; deletable_before: string }

/** Owner: features/idempotency. */
export type IdempotencyKeysTable = {
  scope: string
  key: string
  fingerprint: string
  /** The encrypted answer; null while the first request runs. */
  answer: string | null
  /** The id of the created resource, written in the same transaction. */
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
  /** The address of a confirmation, in canonical form. */
  email_key: string | null
  /** The same address, as shown. */
  email: string | null
  created_at: string
  expires_at: string
}

/** Owner: features/account. Requests about an address, until they are processed. */
export type AccountRequestsTable = {
  id: string
  /** The kind, caller and address of the request, encrypted. */
  content: string
  created_at: string
}

/** Owner: mail. */
export type MailOutboxTable = {
  id: string
  template: string
  /** Recipient and data of the template, encrypted because they contain addresses and links. */
  content: string
  created_at: string
  expires_at: string
  attempts: number
  /** The priority: 0 for links that a user waits for, 1 for notices, 2 for greetings. */
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
