-- The schema as the migrations make it (npm run generate).

-- SQLite

create table "roles" (
  "name" text not null,
  "description" text not null,
  "permissions" text not null,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  constraint "roles_name" primary key ("name")
) strict;

create table "users" (
  "seq" integer primary key,
  "id" text not null,
  "username" text not null,
  "username_key" text not null,
  "email" text not null,
  "email_key" text not null,
  "email_verified_at" text,
  "first_name" text,
  "first_name_key" text,
  "last_name" text,
  "last_name_key" text,
  "search_text" text not null,
  "disabled_at" text,
  "external_id" text,
  "metadata" text not null,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  "last_login_at" text,
  "deleted_at" text
) strict;

create unique index users_id on users (id);

create unique index users_username_key on users (username_key) where deleted_at is null;

create unique index users_email_key on users (email_key) where deleted_at is null;

create unique index users_external_id on users (external_id) where deleted_at is null and external_id is not null;

create index users_created_at on users (created_at, id);

create index users_updated_at on users (updated_at, id);

create index users_last_login_at on users (coalesce(last_login_at, '0001-01-01T00:00:00.000Z'), id);

create index users_disabled_at on users (disabled_at);

create index users_email_verified_at on users (email_verified_at);

create index users_deleted_at on users (deleted_at) where deleted_at is not null;

create table "user_roles" (
  "user_id" text not null,
  "role" text not null,
  constraint "user_roles_user_id" primary key ("user_id",
  "role"),
  constraint "user_roles_user" foreign key ("user_id") references "users" ("id") on delete cascade,
  constraint "user_roles_role" foreign key ("role") references "roles" ("name")
) strict;

create index user_roles_role_user_id on user_roles (role, user_id);

create virtual table user_search using fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');

create table "passwords" (
  "user_id" text not null,
  "hash" text not null,
  "changed_at" text not null,
  "failures" integer not null,
  constraint "passwords_user_id" primary key ("user_id"),
  constraint "passwords_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create table "sessions" (
  "id" text not null,
  "user_id" text not null,
  "user_agent" text,
  "address" text,
  "auth_methods" text not null,
  "created_at" text not null,
  "last_seen_at" text not null,
  "expires_at" text not null,
  "ended_at" text,
  "end_reason" text,
  constraint "sessions_id" primary key ("id"),
  constraint "sessions_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index sessions_user_id on sessions (user_id, created_at);

create index sessions_expires_at on sessions (expires_at);

create table "refresh_tokens" (
  "hash" text not null,
  "session_id" text not null,
  "created_at" text not null,
  "expires_at" text not null,
  "used_at" text,
  constraint "refresh_tokens_hash" primary key ("hash"),
  constraint "refresh_tokens_session" foreign key ("session_id") references "sessions" ("id") on delete cascade
) strict;

create index refresh_tokens_session_id on refresh_tokens (session_id);

create index refresh_tokens_expires_at on refresh_tokens (expires_at);

create table "signing_keys" (
  "id" text not null,
  "public_jwk" text not null,
  "private_jwk" text not null,
  "created_at" text not null,
  "active_at" text not null,
  "retired_at" text,
  constraint "signing_keys_id" primary key ("id")
) strict;

create table "attempts" (
  "key" text not null,
  "count" integer not null,
  "window_ends_at" text not null,
  "blocked_until" text,
  constraint "attempts_key" primary key ("key")
) strict;

create index attempts_window_ends_at on attempts (window_ends_at);

create table "api_keys" (
  "id" text not null,
  "user_id" text not null,
  "name" text not null,
  "secret_hash" text not null,
  "permissions" text not null,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  "expires_at" text not null,
  "last_used_at" text,
  "revoked_at" text,
  constraint "api_keys_id" primary key ("id"),
  constraint "api_keys_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index api_keys_user_id on api_keys (user_id, created_at);

create table "one_time_tokens" (
  "hash" text not null,
  "purpose" text not null,
  "user_id" text,
  "email_key" text,
  "email" text,
  "created_at" text not null,
  "expires_at" text not null,
  constraint "one_time_tokens_hash" primary key ("hash"),
  constraint "one_time_tokens_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index one_time_tokens_user_id on one_time_tokens (user_id, purpose);

create index one_time_tokens_expires_at on one_time_tokens (expires_at);

create table "audit_events" (
  "seq" integer primary key,
  "id" text not null,
  "at" text not null,
  "type" text not null,
  "outcome" text not null,
  "reason" text,
  "actor_kind" text not null,
  "actor_id" text,
  "api_key_id" text,
  "target_kind" text,
  "target_id" text,
  "changes" text,
  "address" text,
  "user_agent" text,
  "session_id" text,
  "request_id" text,
  "auth_methods" text not null
) strict;

create index audit_events_actor_id on audit_events (actor_id, seq);

create index audit_events_target_id on audit_events (target_id, seq);

create index audit_events_type on audit_events (type, seq);

create index audit_events_at on audit_events (at);

create table "idempotency_keys" (
  "scope" text not null,
  "key" text not null,
  "fingerprint" text not null,
  "answer" text,
  "created_at" text not null,
  "expires_at" text not null,
  constraint "idempotency_keys_scope" primary key ("scope",
  "key")
) strict;

create index idempotency_keys_expires_at on idempotency_keys (expires_at);

create table "mail_outbox" (
  "id" text not null,
  "template" text not null,
  "content" text not null,
  "created_at" text not null,
  "expires_at" text not null,
  "attempts" integer not null,
  "next_attempt_at" text not null,
  "leased_until" text,
  "sent_at" text,
  "failed_at" text,
  "last_error" text,
  constraint "mail_outbox_id" primary key ("id")
) strict;

create index mail_outbox_due on mail_outbox (next_attempt_at) where sent_at is null and failed_at is null;

create table "jobs" (
  "name" text not null,
  "leased_by" text,
  "leased_until" text,
  "finished_at" text,
  constraint "jobs_name" primary key ("name")
) strict;

create table "audit_retention" (
  "id" integer not null,
  "deletable_before" text not null,
  constraint "audit_retention_id" primary key ("id")
) strict;

create trigger audit_events_no_update before update on audit_events when not (new.seq is old.seq and new.id is old.id and new.at is old.at and new.type is old.type and new.outcome is old.outcome and new.reason is old.reason and new.actor_kind is old.actor_kind and new.actor_id is old.actor_id and new.api_key_id is old.api_key_id and new.target_kind is old.target_kind and new.target_id is old.target_id and new.session_id is old.session_id and new.request_id is old.request_id and new.auth_methods is old.auth_methods and (new.changes is null or new.changes is old.changes) and (new.address is null or new.address is old.address) and (new.user_agent is null or new.user_agent is old.user_agent)) begin select raise(abort, 'audit_events is append-only'); end;

create trigger audit_events_no_delete before delete on audit_events when old.at >= coalesce((select max(deletable_before) from audit_retention), '') begin select raise(abort, 'audit_events is append-only'); end;

create trigger audit_events_no_replace before insert on audit_events when new.seq > 0 and exists (select 1 from audit_events where seq = new.seq) begin select raise(abort, 'audit_events is append-only'); end;

create trigger audit_retention_forward before update on audit_retention when new.deletable_before < old.deletable_before begin select raise(abort, 'audit_events is append-only'); end;

create trigger audit_retention_no_delete before delete on audit_retention when 1 begin select raise(abort, 'audit_events is append-only'); end;

alter table "api_keys" add column "expiry_noted_at" text;

create index api_keys_expires_at on api_keys (expires_at) where expiry_noted_at is null;

alter table "passwords" add column "imported" text;

create table "account_requests" (
  "id" text not null,
  "content" text not null,
  "created_at" text not null,
  constraint "account_requests_id" primary key ("id")
) strict;

create index account_requests_created_at on account_requests (created_at);

alter table "sessions" add column "kind" text default 'api' not null;

alter table "sessions" add column "cookie_hash" text;

alter table "sessions" add column "latest_expiry" text;

create unique index sessions_cookie_hash on sessions (cookie_hash) where cookie_hash is not null;

alter table "sessions" add column "proven_at" text;

create index api_keys_live on api_keys (id) where revoked_at is null;

alter table "mail_outbox" add column "priority" integer default 1 not null;

drop index mail_outbox_due;

create index mail_outbox_due on mail_outbox (priority, next_attempt_at) where sent_at is null and failed_at is null;

create table "unproven_sign_ups" (
  "user_id" text not null,
  "user_agent" text,
  "created_at" text not null,
  constraint "unproven_sign_ups_user_id" primary key ("user_id"),
  constraint "unproven_sign_ups_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index unproven_sign_ups_created_at on unproven_sign_ups (created_at);

insert into unproven_sign_ups (user_id, user_agent, created_at) select users.id, min(audit_events.user_agent), users.created_at from audit_events join users on users.id = audit_events.target_id where audit_events.type = 'user.created' and audit_events.reason = 'self' and users.email_verified_at is null group by users.id, users.created_at;

create table "totp_factors" (
  "user_id" text not null,
  "secret" text not null,
  "created_at" text not null,
  "confirmed_at" text,
  "last_step" integer,
  "failures" integer not null,
  "failures_until" text,
  constraint "totp_factors_user_id" primary key ("user_id"),
  constraint "totp_factors_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create table "recovery_codes" (
  "user_id" text not null,
  "hash" text not null,
  "created_at" text not null,
  constraint "recovery_codes_hash" primary key ("user_id",
  "hash"),
  constraint "recovery_codes_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create table "sign_in_challenges" (
  "hash" text not null,
  "user_id" text not null,
  "attempts" integer not null,
  "created_at" text not null,
  "expires_at" text not null,
  constraint "sign_in_challenges_hash" primary key ("hash"),
  constraint "sign_in_challenges_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index sign_in_challenges_user_id on sign_in_challenges (user_id);

create index sign_in_challenges_expires_at on sign_in_challenges (expires_at);

create table "applications" (
  "id" text not null,
  "name" text not null,
  "kind" text not null,
  "redirect_uris" text not null,
  "post_logout_redirect_uris" text not null,
  "roles" text not null,
  "audience" text,
  "token_algorithm" text not null,
  "first_party_at" text,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  constraint "applications_id" primary key ("id")
) strict;

create table "application_secrets" (
  "id" text not null,
  "application_id" text not null,
  "secret_hash" text not null,
  "created_at" text not null,
  constraint "application_secrets_id" primary key ("id"),
  constraint "application_secrets_application" foreign key ("application_id") references "applications" ("id") on delete cascade
) strict;

create index application_secrets_application_id on application_secrets (application_id);

create table "oauth_records" (
  "kind" text not null,
  "id" text not null,
  "content" text not null,
  "user_id" text,
  "application_id" text,
  "grant_id" text,
  "session_id" text,
  "uid" text,
  "user_code" text,
  "created_at" text not null,
  "expires_at" text not null,
  "consumed_at" text,
  constraint "oauth_records_id" primary key ("kind",
  "id"),
  constraint "oauth_records_user" foreign key ("user_id") references "users" ("id") on delete cascade,
  constraint "oauth_records_application" foreign key ("application_id") references "applications" ("id") on delete cascade
) strict;

create index "oauth_records_grant_id" on oauth_records ("grant_id");

create index "oauth_records_uid" on oauth_records ("uid");

create index "oauth_records_user_code" on oauth_records ("user_code");

create index "oauth_records_user_id" on oauth_records ("user_id");

create index "oauth_records_application_id" on oauth_records ("application_id");

create index "oauth_records_expires_at" on oauth_records ("expires_at");

create table "passkeys" (
  "id" text not null,
  "user_id" text not null,
  "credential_id" text not null,
  "public_key" text not null,
  "counter" integer not null,
  "transports" text not null,
  "aaguid" text not null,
  "name" text not null,
  "backed_up_at" text,
  "created_at" text not null,
  "last_used_at" text,
  constraint "passkeys_id" primary key ("id"),
  constraint "passkeys_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create unique index passkeys_credential_id on passkeys (credential_id);

create index passkeys_user_id on passkeys (user_id);

create table "used_passkey_challenges" (
  "hash" text not null,
  "expires_at" text not null,
  constraint "used_passkey_challenges_hash" primary key ("hash")
) strict;

create index used_passkey_challenges_expires_at on used_passkey_challenges (expires_at);

create table "factor_duties" (
  "user_id" text not null,
  "since" text not null,
  constraint "factor_duties_user_id" primary key ("user_id"),
  constraint "factor_duties_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

alter table "passwords" add column "imported_work" integer;

create index "passwords_imported_work" on "passwords" ("imported_work") where "imported_work" is not null;

alter table "idempotency_keys" add column "resource_id" text;

create index idempotency_keys_resource_id on idempotency_keys (resource_id) where resource_id is not null;

create table "probes" (
  "name" text not null,
  "at" text not null,
  constraint "probes_name" primary key ("name")
) strict;

alter table "applications" add column "backchannel_logout_uri" text;

create index oauth_records_session_id on oauth_records (session_id) where session_id is not null;

create table "application_connections" (
  "user_id" text not null,
  "application_id" text not null,
  "scopes" text not null,
  "created_at" text not null,
  "last_sign_in_at" text not null,
  constraint "application_connections_id" primary key ("user_id",
  "application_id"),
  constraint "application_connections_user" foreign key ("user_id") references "users" ("id") on delete cascade,
  constraint "application_connections_application" foreign key ("application_id") references "applications" ("id") on delete cascade
) strict;

create index application_connections_application_id on application_connections (application_id);

create table "logout_notices" (
  "id" text not null,
  "application_id" text not null,
  "user_id" text not null,
  "sid" text,
  "created_at" text not null,
  "attempts" integer not null,
  "next_attempt_at" text not null,
  "leased_until" text,
  constraint "logout_notices_id" primary key ("id"),
  constraint "logout_notices_application" foreign key ("application_id") references "applications" ("id") on delete cascade
) strict;

create index "logout_notices_application_id" on logout_notices ("application_id");

create index "logout_notices_next_attempt_at" on logout_notices ("next_attempt_at");

create table "identity_providers" (
  "id" text not null,
  "kind" text not null,
  "name" text not null,
  "issuer" text not null,
  "client_id" text not null,
  "client_secret" text,
  "team_id" text,
  "key_id" text,
  "scopes" text not null,
  "domains" text not null,
  "sign_up" text not null,
  "role_rules" text not null,
  "enabled_at" text,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  constraint "identity_providers_id" primary key ("id")
) strict;

create unique index identity_providers_issuer on identity_providers (issuer);

create table "identities" (
  "id" text not null,
  "user_id" text not null,
  "issuer" text not null,
  "subject" text not null,
  "email" text,
  "created_at" text not null,
  "last_used_at" text,
  constraint "identities_id" primary key ("id"),
  constraint "identities_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create unique index identities_subject on identities (issuer, subject);

create index identities_user_id on identities (user_id);

create table "provider_attempts" (
  "hash" text not null,
  "kind" text not null,
  "provider_id" text not null,
  "browser_hash" text not null,
  "content" text not null,
  "created_at" text not null,
  "expires_at" text not null,
  constraint "provider_attempts_hash" primary key ("hash"),
  constraint "provider_attempts_provider" foreign key ("provider_id") references "identity_providers" ("id") on delete cascade
) strict;

create index provider_attempts_provider_id on provider_attempts (provider_id);

create index provider_attempts_expires_at on provider_attempts (expires_at);

alter table "sign_in_challenges" add column "first_method" text;

create table "groups" (
  "id" text not null,
  "name" text not null,
  "name_key" text not null,
  "description" text not null,
  "external_id" text,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  constraint "groups_id" primary key ("id")
) strict;

create unique index groups_name_key on groups (name_key);

create unique index groups_external_id on groups (external_id) where external_id is not null;

create table "group_members" (
  "group_id" text not null,
  "user_id" text not null,
  constraint "group_members_group_id" primary key ("group_id",
  "user_id"),
  constraint "group_members_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_members_member" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index "group_members_user_id" on "group_members" ("user_id", "group_id");

create table "group_links" (
  "group_id" text not null,
  "member_id" text not null,
  constraint "group_links_group_id" primary key ("group_id",
  "member_id"),
  constraint "group_links_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_links_member" foreign key ("member_id") references "groups" ("id") on delete cascade
) strict;

create index "group_links_member_id" on "group_links" ("member_id", "group_id");

create table "group_tree" (
  "group_id" text not null,
  "ancestor_id" text not null,
  constraint "group_tree_group_id" primary key ("group_id",
  "ancestor_id"),
  constraint "group_tree_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_tree_member" foreign key ("ancestor_id") references "groups" ("id") on delete cascade
) strict;

create index "group_tree_ancestor_id" on "group_tree" ("ancestor_id", "group_id");

create table "group_roles" (
  "group_id" text not null,
  "role" text not null,
  constraint "group_roles_group_id" primary key ("group_id",
  "role"),
  constraint "group_roles_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_roles_role" foreign key ("role") references "roles" ("name")
) strict;

create index group_roles_role on group_roles (role, group_id);

create table "scim_users" (
  "user_id" text not null,
  "user_name" text not null,
  "user_name_key" text not null,
  "attributes" text not null,
  constraint "scim_users_user_id" primary key ("user_id"),
  constraint "scim_users_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index scim_users_user_name_key on scim_users (user_name_key);

create table "events" (
  "seq" integer primary key,
  "position" integer,
  "id" text not null,
  "at" text not null,
  "type" text not null,
  "user_id" text not null,
  "fields" text,
  "surplus" integer not null
) strict;

create unique index events_position on events (position) where position is not null;

create index events_pending on events (seq) where position is null;

create unique index events_surplus on events (user_id, type) where position is null and surplus = 1;

create table "event_feed" (
  "id" integer not null,
  "position" integer not null,
  "deleted_through" integer not null,
  constraint "event_feed_id" primary key ("id")
) strict;

insert into event_feed (id, position, deleted_through) select 1, count(*), count(*) from (select id from users limit 1) as one_user;

create table "webhooks" (
  "id" text not null,
  "url" text not null,
  "description" text not null,
  "events" text not null,
  "position" integer not null,
  "disabled_at" text,
  "disabled_reason" text,
  "failing_since" text,
  "created_by" text,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  constraint "webhooks_id" primary key ("id")
) strict;

create table "webhook_secrets" (
  "id" text not null,
  "webhook_id" text not null,
  "secret" text not null,
  "created_at" text not null,
  constraint "webhook_secrets_id" primary key ("id"),
  constraint "webhook_secrets_webhook" foreign key ("webhook_id") references "webhooks" ("id") on delete cascade
) strict;

create index webhook_secrets_webhook_id on webhook_secrets (webhook_id);

create table "webhook_deliveries" (
  "seq" integer primary key,
  "id" text not null,
  "webhook_id" text not null,
  "position" integer,
  "event_id" text not null,
  "type" text not null,
  "user_id" text,
  "created_at" text not null,
  "attempts" integer not null,
  "next_attempt_at" text not null,
  "leased_until" text,
  "last_attempt_at" text,
  "delivered_at" text,
  "failed_at" text,
  "request_body" text,
  "response_status" integer,
  "response_body" text,
  "error" text
) strict;

create unique index webhook_deliveries_id on webhook_deliveries (id);

create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at) where delivered_at is null and failed_at is null;

create index webhook_deliveries_order on webhook_deliveries (webhook_id, user_id, position) where delivered_at is null and failed_at is null;

create unique index webhook_deliveries_event on webhook_deliveries (webhook_id, position);

create index webhook_deliveries_list on webhook_deliveries (webhook_id, seq);

create index webhook_deliveries_created_at on webhook_deliveries (created_at);

create index webhook_deliveries_user_id on webhook_deliveries (user_id);

create table "counters" (
  "name" text not null,
  "bucket" text not null,
  "amount" integer not null,
  constraint "counters_name_bucket" primary key ("name",
  "bucket")
) strict;

create table "counter_changes" (
  "seq" integer primary key,
  "name" text not null,
  "bucket" text not null,
  "amount" integer not null
) strict;

insert into counters (name, bucket, amount) select cast(? as text), cast(seq / 10000 as text), count(*) from users where deleted_at is null group by 2;

insert into counters (name, bucket, amount) select cast(? as text), cast(seq / 10000 as text), count(*) from users where deleted_at is null and disabled_at is not null group by 2;

insert into counters (name, bucket, amount) select cast(? as text), cast(seq / 10000 as text), count(*) from users where deleted_at is null and email_verified_at is null group by 2;

insert into counters (name, bucket, amount) select cast(? as text), cast(seq / 10000 as text), count(*) from users where deleted_at is not null group by 2;

insert into counters (name, bucket, amount) select 'created', substr(created_at, 1, 10), count(*) from users group by substr(created_at, 1, 10);

create table "bulk_jobs" (
  "id" text not null,
  "kind" text not null,
  "selection" text not null,
  "role" text,
  "undo_of" text,
  "caller" text not null,
  "state" text not null,
  "reason" text,
  "total" integer not null,
  "changed" integer not null,
  "unchanged" integer not null,
  "failed" integer not null,
  "position" text,
  "created_at" text not null,
  "started_at" text,
  "finished_at" text,
  "leased_by" text,
  "leased_until" text,
  constraint "bulk_jobs_id" primary key ("id")
) strict;

create index bulk_jobs_open on bulk_jobs (id) where finished_at is null;

create index bulk_jobs_finished_at on bulk_jobs (finished_at) where finished_at is not null;

create table "bulk_job_users" (
  "job_id" text not null,
  "user_id" text not null,
  "outcome" text not null,
  "code" text,
  constraint "bulk_job_users_job_id" primary key ("job_id",
  "user_id"),
  constraint "bulk_job_users_job" foreign key ("job_id") references "bulk_jobs" ("id") on delete cascade
) strict;

create index bulk_job_users_outcome on bulk_job_users (job_id, outcome, user_id);

create table "username_looks" (
  "look" text not null,
  "user_id" text not null,
  "reserved_until" text,
  constraint "username_looks_look" primary key ("look",
  "user_id")
) strict;

insert into username_looks (look, user_id) select replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(username_key, '0', 'o'), '1', 'l'), 'а', 'a'), 'е', 'e'), 'о', 'o'), 'р', 'p'), 'с', 'c'), 'у', 'y'), 'х', 'x'), 'ѕ', 's'), 'і', 'i'), 'ј', 'j'), 'һ', 'h'), 'ӏ', 'l'), 'ԁ', 'd'), 'ԛ', 'q'), 'ԝ', 'w'), 'ѵ', 'v'), 'ү', 'y'), 'к', 'k'), 'т', 't'), 'м', 'm'), 'п', 'n'), 'г', 'r'), 'ь', 'b'), 'в', 'b'), 'ё', 'e'), 'ї', 'i'), 'ӓ', 'a'), 'ӧ', 'o'), 'ғ', 'f'), 'н', 'h'), 'α', 'a'), 'β', 'b'), 'γ', 'y'), 'ε', 'e'), 'η', 'n'), 'ι', 'i'), 'κ', 'k'), 'ν', 'v'), 'ο', 'o'), 'ρ', 'p'), 'σ', 'o'), 'τ', 't'), 'υ', 'u'), 'χ', 'x'), 'ω', 'w'), 'ϳ', 'j'), 'օ', 'o'), 'ո', 'n'), 'ս', 'u'), 'հ', 'h'), 'ց', 'g'), 'զ', 'q'), 'յ', 'j'), 'ք', 'p'), 'ռ', 'n'), 'ա', 'w'), 'գ', 'q'), 'լ', 'l'), 'ꭺ', 'a'), 'ꭼ', 'e'), 'ꭻ', 'j'), 'ꮃ', 'w'), 'ꮋ', 'h'), 'ꮪ', 's'), 'ꮮ', 'l'), 'ꮯ', 'c'), 'ꮲ', 'p'), 'ꮶ', 'k'), 'ꮍ', 'y'), 'ɑ', 'a'), 'ɡ', 'g'), 'ɩ', 'i'), 'ı', 'i'), 'ƅ', 'b'), 'ᴏ', 'o'), 'ᴄ', 'c'), 'ᴠ', 'v'), 'ᴡ', 'w'), 'ᴢ', 'z'), 'rn', 'm'), id from users where deleted_at is null;

create index username_looks_user_id on username_looks (user_id);

create index username_looks_reserved_until on username_looks (reserved_until) where reserved_until is not null;

alter table "roles" add column "second_factor_since" text;

create table "trusted_browsers" (
  "id" text not null,
  "user_id" text not null,
  "secret_hash" text not null,
  "user_agent" text,
  "created_at" text not null,
  "last_used_at" text not null,
  "expires_at" text not null,
  constraint "trusted_browsers_id" primary key ("id"),
  constraint "trusted_browsers_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create unique index trusted_browsers_secret_hash on trusted_browsers (secret_hash);

create index trusted_browsers_user_id on trusted_browsers (user_id);

create index trusted_browsers_expires_at on trusted_browsers (expires_at);

alter table "users" add column "previous_username_key" text;

create index users_previous_username_key on users (previous_username_key) where previous_username_key is not null;

create table "scim_connections" (
  "id" text not null,
  "api_key_id" text,
  "existing_users" text not null,
  "groups" text not null,
  "group_ids" text not null,
  "on_delete" text not null,
  "send_invitations" integer not null,
  "last_request_at" text,
  "version" integer not null,
  "created_at" text not null,
  "updated_at" text not null,
  constraint "scim_connections_id" primary key ("id"),
  constraint "scim_connections_key" foreign key ("api_key_id") references "api_keys" ("id") on delete set null
) strict;

create unique index scim_connections_api_key_id on scim_connections (api_key_id);

create table "scim_requests" (
  "seq" integer primary key,
  "id" text not null,
  "connection_id" text not null,
  "is_change" integer not null,
  "at" text not null,
  "method" text not null,
  "path" text not null,
  "status" integer not null,
  "resource_id" text,
  "subject" text,
  "changes" text,
  "ignored" text not null,
  "error" text,
  constraint "scim_requests_connection" foreign key ("connection_id") references "scim_connections" ("id") on delete cascade
) strict;

create index scim_requests_kept on scim_requests (connection_id, is_change, seq);

create index scim_requests_list on scim_requests (connection_id, seq);

create index scim_requests_at on scim_requests (at);

create table "scim_groups" (
  "group_id" text not null,
  "connection_id" text not null,
  constraint "scim_groups_group_id" primary key ("group_id"),
  constraint "scim_groups_group" foreign key ("group_id") references "groups" ("id") on delete cascade
) strict;

alter table "scim_users" add column "connection_id" text;

alter table "users" add column "profile" text default '{}' not null;

alter table users alter column email drop not null;

update username_looks set look = (select replace(replace(username_key, '0', 'o'), '1', 'l') from users where users.id = username_looks.user_id) where reserved_until is null and exists ( select 1 from users where users.id = username_looks.user_id and username_key like '%rn%' and username_looks.look = replace(replace(replace(username_key, '0', 'o'), '1', 'l'), 'rn', 'm') );

create table "email_sign_ins" (
  "hash" text not null,
  "user_id" text,
  "email_key" text,
  "code_hash" text,
  "token_hash" text,
  "attempts" integer not null,
  "created_at" text not null,
  "expires_at" text not null,
  constraint "email_sign_ins_hash" primary key ("hash"),
  constraint "email_sign_ins_user" foreign key ("user_id") references "users" ("id") on delete cascade
) strict;

create index email_sign_ins_user_id on email_sign_ins (user_id);

create index email_sign_ins_expires_at on email_sign_ins (expires_at);

alter table "passkeys" add column "rp_id" text;

create index passkeys_rp_id on passkeys (rp_id);

alter table "passwords" add column "must_change_since" text;

alter table "totp_factors" add column "wrong_in_row" integer default 0 not null;

drop index "oauth_records_grant_id";

create index oauth_records_of_grant on oauth_records (grant_id, kind, created_at);

drop index "oauth_records_user_id";

create index oauth_records_of_user on oauth_records (user_id, application_id, kind, created_at);

alter table "sign_in_challenges" add column "code_hash" text;

alter table "sign_in_challenges" add column "email_key" text;

alter table "passwords" add column "reset_by_mail_at" text;

insert into user_search (user_search, rank) values ('automerge', 0);

insert into user_search (user_search, rank) values ('usermerge', 8);

insert into user_search (user_search, rank) values ('crisismerge', 200);

alter table "applications" add column "permissions" text default '[]' not null;

alter table "users" add column "locale" text;

alter table "sessions" add column "impersonator_id" text;

alter table "sessions" add column "impersonator_session_id" text;

create index sessions_impersonator on sessions (impersonator_session_id) where impersonator_session_id is not null and ended_at is null;

alter table "audit_events" add column "acting_as" text;

create trigger audit_events_no_update_acting_as before update on audit_events when new.acting_as is not old.acting_as begin select raise(abort, 'audit_events is append-only'); end;

alter table "applications" add column "last_used_at" text;

-- PostgreSQL

create table "roles" (
  "name" text collate "C" not null,
  "description" text collate "C" not null,
  "permissions" text collate "C" not null,
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  constraint "roles_name" primary key ("name")
);

create table "users" (
  "seq" bigint generated by default as identity primary key,
  "id" text collate "C" not null,
  "username" text collate "C" not null,
  "username_key" text collate "C" not null,
  "email" text collate "C" not null,
  "email_key" text collate "C" not null,
  "email_verified_at" timestamptz(3),
  "first_name" text collate "C",
  "first_name_key" text collate "C",
  "last_name" text collate "C",
  "last_name_key" text collate "C",
  "search_text" text collate "C" not null,
  "disabled_at" timestamptz(3),
  "external_id" text collate "C",
  "metadata" json not null,
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  "last_login_at" timestamptz(3),
  "deleted_at" timestamptz(3)
);

create unique index users_id on users (id);

create unique index users_username_key on users (username_key) where deleted_at is null;

create unique index users_email_key on users (email_key) where deleted_at is null;

create unique index users_external_id on users (external_id) where deleted_at is null and external_id is not null;

create index users_created_at on users (created_at, id);

create index users_updated_at on users (updated_at, id);

create index users_last_login_at on users (coalesce(last_login_at, '0001-01-01T00:00:00.000Z'), id);

create index users_disabled_at on users (disabled_at);

create index users_email_verified_at on users (email_verified_at);

create index users_deleted_at on users (deleted_at) where deleted_at is not null;

create table "user_roles" (
  "user_id" text collate "C" not null,
  "role" text collate "C" not null,
  constraint "user_roles_user_id" primary key ("user_id",
  "role"),
  constraint "user_roles_user" foreign key ("user_id") references "users" ("id") on delete cascade,
  constraint "user_roles_role" foreign key ("role") references "roles" ("name")
);

create index user_roles_role_user_id on user_roles (role, user_id);

create table user_search (
  seq bigint primary key, grams text[] not null
);

create index user_search_grams on user_search using gin (grams);

create table "passwords" (
  "user_id" text collate "C" not null,
  "hash" text collate "C" not null,
  "changed_at" timestamptz(3) not null,
  "failures" bigint not null,
  constraint "passwords_user_id" primary key ("user_id"),
  constraint "passwords_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create table "sessions" (
  "id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "user_agent" text collate "C",
  "address" text collate "C",
  "auth_methods" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  "last_seen_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  "ended_at" timestamptz(3),
  "end_reason" text collate "C",
  constraint "sessions_id" primary key ("id"),
  constraint "sessions_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index sessions_user_id on sessions (user_id, created_at);

create index sessions_expires_at on sessions (expires_at);

create table "refresh_tokens" (
  "hash" text collate "C" not null,
  "session_id" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  "used_at" timestamptz(3),
  constraint "refresh_tokens_hash" primary key ("hash"),
  constraint "refresh_tokens_session" foreign key ("session_id") references "sessions" ("id") on delete cascade
);

create index refresh_tokens_session_id on refresh_tokens (session_id);

create index refresh_tokens_expires_at on refresh_tokens (expires_at);

create table "signing_keys" (
  "id" text collate "C" not null,
  "public_jwk" text collate "C" not null,
  "private_jwk" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  "active_at" timestamptz(3) not null,
  "retired_at" timestamptz(3),
  constraint "signing_keys_id" primary key ("id")
);

create table "attempts" (
  "key" text collate "C" not null,
  "count" bigint not null,
  "window_ends_at" timestamptz(3) not null,
  "blocked_until" timestamptz(3),
  constraint "attempts_key" primary key ("key")
);

create index attempts_window_ends_at on attempts (window_ends_at);

create table "api_keys" (
  "id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "name" text collate "C" not null,
  "secret_hash" text collate "C" not null,
  "permissions" text collate "C" not null,
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  "last_used_at" timestamptz(3),
  "revoked_at" timestamptz(3),
  constraint "api_keys_id" primary key ("id"),
  constraint "api_keys_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index api_keys_user_id on api_keys (user_id, created_at);

create table "one_time_tokens" (
  "hash" text collate "C" not null,
  "purpose" text collate "C" not null,
  "user_id" text collate "C",
  "email_key" text collate "C",
  "email" text collate "C",
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  constraint "one_time_tokens_hash" primary key ("hash"),
  constraint "one_time_tokens_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index one_time_tokens_user_id on one_time_tokens (user_id, purpose);

create index one_time_tokens_expires_at on one_time_tokens (expires_at);

create table "audit_events" (
  "seq" bigint generated by default as identity primary key,
  "id" text collate "C" not null,
  "at" timestamptz(3) not null,
  "type" text collate "C" not null,
  "outcome" text collate "C" not null,
  "reason" text collate "C",
  "actor_kind" text collate "C" not null,
  "actor_id" text collate "C",
  "api_key_id" text collate "C",
  "target_kind" text collate "C",
  "target_id" text collate "C",
  "changes" text collate "C",
  "address" text collate "C",
  "user_agent" text collate "C",
  "session_id" text collate "C",
  "request_id" text collate "C",
  "auth_methods" text collate "C" not null
);

create index audit_events_actor_id on audit_events (actor_id, seq);

create index audit_events_target_id on audit_events (target_id, seq);

create index audit_events_type on audit_events (type, seq);

create index audit_events_at on audit_events (at);

create table "idempotency_keys" (
  "scope" text collate "C" not null,
  "key" text collate "C" not null,
  "fingerprint" text collate "C" not null,
  "answer" text collate "C",
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  constraint "idempotency_keys_scope" primary key ("scope",
  "key")
);

create index idempotency_keys_expires_at on idempotency_keys (expires_at);

create table "mail_outbox" (
  "id" text collate "C" not null,
  "template" text collate "C" not null,
  "content" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  "attempts" bigint not null,
  "next_attempt_at" timestamptz(3) not null,
  "leased_until" timestamptz(3),
  "sent_at" timestamptz(3),
  "failed_at" timestamptz(3),
  "last_error" text collate "C",
  constraint "mail_outbox_id" primary key ("id")
);

create index mail_outbox_due on mail_outbox (next_attempt_at) where sent_at is null and failed_at is null;

create table "jobs" (
  "name" text collate "C" not null,
  "leased_by" text collate "C",
  "leased_until" timestamptz(3),
  "finished_at" timestamptz(3),
  constraint "jobs_name" primary key ("name")
);

create table "audit_retention" (
  "id" bigint not null,
  "deletable_before" timestamptz(3) not null,
  constraint "audit_retention_id" primary key ("id")
);

create function audit_events_refuse() returns trigger language plpgsql as $$ begin raise exception 'audit_events is append-only' using errcode = 'insufficient_privilege'; end $$;

create function audit_events_refuse_young() returns trigger language plpgsql as $$ begin if old.at >= coalesce((select max(deletable_before) from audit_retention), '-infinity') then raise exception 'audit_events is append-only' using errcode = 'insufficient_privilege'; end if; return old; end $$;

create trigger audit_events_no_update before update on audit_events for each row when (not (new.seq is not distinct from old.seq and new.id is not distinct from old.id and new.at is not distinct from old.at and new.type is not distinct from old.type and new.outcome is not distinct from old.outcome and new.reason is not distinct from old.reason and new.actor_kind is not distinct from old.actor_kind and new.actor_id is not distinct from old.actor_id and new.api_key_id is not distinct from old.api_key_id and new.target_kind is not distinct from old.target_kind and new.target_id is not distinct from old.target_id and new.session_id is not distinct from old.session_id and new.request_id is not distinct from old.request_id and new.auth_methods is not distinct from old.auth_methods and (new.changes is null or new.changes is not distinct from old.changes) and (new.address is null or new.address is not distinct from old.address) and (new.user_agent is null or new.user_agent is not distinct from old.user_agent))) execute function audit_events_refuse();

create trigger audit_events_no_delete before delete on audit_events for each row execute function audit_events_refuse_young();

create trigger audit_events_no_truncate before truncate on audit_events for each statement execute function audit_events_refuse();

create trigger audit_retention_forward before update on audit_retention for each row when (new.deletable_before < old.deletable_before) execute function audit_events_refuse();

create trigger audit_retention_no_delete before delete or truncate on audit_retention for each statement execute function audit_events_refuse();

alter table "api_keys" add column "expiry_noted_at" timestamptz(3);

create index api_keys_expires_at on api_keys (expires_at) where expiry_noted_at is null;

alter table "passwords" add column "imported" text collate "C";

create table "account_requests" (
  "id" text collate "C" not null,
  "content" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  constraint "account_requests_id" primary key ("id")
);

create index account_requests_created_at on account_requests (created_at);

alter table "sessions" add column "kind" text collate "C" default 'api' not null;

alter table "sessions" add column "cookie_hash" text collate "C";

alter table "sessions" add column "latest_expiry" timestamptz(3);

create unique index sessions_cookie_hash on sessions (cookie_hash) where cookie_hash is not null;

alter table "sessions" add column "proven_at" timestamptz(3);

create index api_keys_live on api_keys (id) where revoked_at is null;

alter table "mail_outbox" add column "priority" bigint default 1 not null;

drop index mail_outbox_due;

create index mail_outbox_due on mail_outbox (priority, next_attempt_at) where sent_at is null and failed_at is null;

create table "unproven_sign_ups" (
  "user_id" text collate "C" not null,
  "user_agent" text collate "C",
  "created_at" timestamptz(3) not null,
  constraint "unproven_sign_ups_user_id" primary key ("user_id"),
  constraint "unproven_sign_ups_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index unproven_sign_ups_created_at on unproven_sign_ups (created_at);

insert into unproven_sign_ups (user_id, user_agent, created_at) select users.id, min(audit_events.user_agent), users.created_at from audit_events join users on users.id = audit_events.target_id where audit_events.type = 'user.created' and audit_events.reason = 'self' and users.email_verified_at is null group by users.id, users.created_at;

create table "totp_factors" (
  "user_id" text collate "C" not null,
  "secret" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  "confirmed_at" timestamptz(3),
  "last_step" bigint,
  "failures" bigint not null,
  "failures_until" timestamptz(3),
  constraint "totp_factors_user_id" primary key ("user_id"),
  constraint "totp_factors_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create table "recovery_codes" (
  "user_id" text collate "C" not null,
  "hash" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  constraint "recovery_codes_hash" primary key ("user_id",
  "hash"),
  constraint "recovery_codes_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create table "sign_in_challenges" (
  "hash" text collate "C" not null,
  "user_id" text collate "C" not null,
  "attempts" bigint not null,
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  constraint "sign_in_challenges_hash" primary key ("hash"),
  constraint "sign_in_challenges_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index sign_in_challenges_user_id on sign_in_challenges (user_id);

create index sign_in_challenges_expires_at on sign_in_challenges (expires_at);

create table "applications" (
  "id" text collate "C" not null,
  "name" text collate "C" not null,
  "kind" text collate "C" not null,
  "redirect_uris" json not null,
  "post_logout_redirect_uris" json not null,
  "roles" json not null,
  "audience" text collate "C",
  "token_algorithm" text collate "C" not null,
  "first_party_at" timestamptz(3),
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  constraint "applications_id" primary key ("id")
);

create table "application_secrets" (
  "id" text collate "C" not null,
  "application_id" text collate "C" not null,
  "secret_hash" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  constraint "application_secrets_id" primary key ("id"),
  constraint "application_secrets_application" foreign key ("application_id") references "applications" ("id") on delete cascade
);

create index application_secrets_application_id on application_secrets (application_id);

create table "oauth_records" (
  "kind" text collate "C" not null,
  "id" text collate "C" not null,
  "content" text collate "C" not null,
  "user_id" text collate "C",
  "application_id" text collate "C",
  "grant_id" text collate "C",
  "session_id" text collate "C",
  "uid" text collate "C",
  "user_code" text collate "C",
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  "consumed_at" timestamptz(3),
  constraint "oauth_records_id" primary key ("kind",
  "id"),
  constraint "oauth_records_user" foreign key ("user_id") references "users" ("id") on delete cascade,
  constraint "oauth_records_application" foreign key ("application_id") references "applications" ("id") on delete cascade
);

create index "oauth_records_grant_id" on oauth_records ("grant_id");

create index "oauth_records_uid" on oauth_records ("uid");

create index "oauth_records_user_code" on oauth_records ("user_code");

create index "oauth_records_user_id" on oauth_records ("user_id");

create index "oauth_records_application_id" on oauth_records ("application_id");

create index "oauth_records_expires_at" on oauth_records ("expires_at");

create table "passkeys" (
  "id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "credential_id" text collate "C" not null,
  "public_key" text collate "C" not null,
  "counter" bigint not null,
  "transports" text collate "C" not null,
  "aaguid" text collate "C" not null,
  "name" text collate "C" not null,
  "backed_up_at" timestamptz(3),
  "created_at" timestamptz(3) not null,
  "last_used_at" timestamptz(3),
  constraint "passkeys_id" primary key ("id"),
  constraint "passkeys_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create unique index passkeys_credential_id on passkeys (credential_id);

create index passkeys_user_id on passkeys (user_id);

create table "used_passkey_challenges" (
  "hash" text collate "C" not null,
  "expires_at" timestamptz(3) not null,
  constraint "used_passkey_challenges_hash" primary key ("hash")
);

create index used_passkey_challenges_expires_at on used_passkey_challenges (expires_at);

create table "factor_duties" (
  "user_id" text collate "C" not null,
  "since" timestamptz(3) not null,
  constraint "factor_duties_user_id" primary key ("user_id"),
  constraint "factor_duties_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

alter table "passwords" add column "imported_work" bigint;

create index "passwords_imported_work" on "passwords" ("imported_work") where "imported_work" is not null;

alter table "idempotency_keys" add column "resource_id" text collate "C";

create index idempotency_keys_resource_id on idempotency_keys (resource_id) where resource_id is not null;

create table "probes" (
  "name" text collate "C" not null,
  "at" timestamptz(3) not null,
  constraint "probes_name" primary key ("name")
);

alter table "applications" add column "backchannel_logout_uri" text collate "C";

create index oauth_records_session_id on oauth_records (session_id) where session_id is not null;

create table "application_connections" (
  "user_id" text collate "C" not null,
  "application_id" text collate "C" not null,
  "scopes" json not null,
  "created_at" timestamptz(3) not null,
  "last_sign_in_at" timestamptz(3) not null,
  constraint "application_connections_id" primary key ("user_id",
  "application_id"),
  constraint "application_connections_user" foreign key ("user_id") references "users" ("id") on delete cascade,
  constraint "application_connections_application" foreign key ("application_id") references "applications" ("id") on delete cascade
);

create index application_connections_application_id on application_connections (application_id);

create table "logout_notices" (
  "id" text collate "C" not null,
  "application_id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "sid" text collate "C",
  "created_at" timestamptz(3) not null,
  "attempts" bigint not null,
  "next_attempt_at" timestamptz(3) not null,
  "leased_until" timestamptz(3),
  constraint "logout_notices_id" primary key ("id"),
  constraint "logout_notices_application" foreign key ("application_id") references "applications" ("id") on delete cascade
);

create index "logout_notices_application_id" on logout_notices ("application_id");

create index "logout_notices_next_attempt_at" on logout_notices ("next_attempt_at");

create table "identity_providers" (
  "id" text collate "C" not null,
  "kind" text collate "C" not null,
  "name" text collate "C" not null,
  "issuer" text collate "C" not null,
  "client_id" text collate "C" not null,
  "client_secret" text collate "C",
  "team_id" text collate "C",
  "key_id" text collate "C",
  "scopes" json not null,
  "domains" json not null,
  "sign_up" text collate "C" not null,
  "role_rules" json not null,
  "enabled_at" timestamptz(3),
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  constraint "identity_providers_id" primary key ("id")
);

create unique index identity_providers_issuer on identity_providers (issuer);

create table "identities" (
  "id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "issuer" text collate "C" not null,
  "subject" text collate "C" not null,
  "email" text collate "C",
  "created_at" timestamptz(3) not null,
  "last_used_at" timestamptz(3),
  constraint "identities_id" primary key ("id"),
  constraint "identities_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create unique index identities_subject on identities (issuer, subject);

create index identities_user_id on identities (user_id);

create table "provider_attempts" (
  "hash" text collate "C" not null,
  "kind" text collate "C" not null,
  "provider_id" text collate "C" not null,
  "browser_hash" text collate "C" not null,
  "content" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  constraint "provider_attempts_hash" primary key ("hash"),
  constraint "provider_attempts_provider" foreign key ("provider_id") references "identity_providers" ("id") on delete cascade
);

create index provider_attempts_provider_id on provider_attempts (provider_id);

create index provider_attempts_expires_at on provider_attempts (expires_at);

alter table "sign_in_challenges" add column "first_method" text collate "C";

create table "groups" (
  "id" text collate "C" not null,
  "name" text collate "C" not null,
  "name_key" text collate "C" not null,
  "description" text collate "C" not null,
  "external_id" text collate "C",
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  constraint "groups_id" primary key ("id")
);

create unique index groups_name_key on groups (name_key);

create unique index groups_external_id on groups (external_id) where external_id is not null;

create table "group_members" (
  "group_id" text collate "C" not null,
  "user_id" text collate "C" not null,
  constraint "group_members_group_id" primary key ("group_id",
  "user_id"),
  constraint "group_members_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_members_member" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index "group_members_user_id" on "group_members" ("user_id", "group_id");

create table "group_links" (
  "group_id" text collate "C" not null,
  "member_id" text collate "C" not null,
  constraint "group_links_group_id" primary key ("group_id",
  "member_id"),
  constraint "group_links_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_links_member" foreign key ("member_id") references "groups" ("id") on delete cascade
);

create index "group_links_member_id" on "group_links" ("member_id", "group_id");

create table "group_tree" (
  "group_id" text collate "C" not null,
  "ancestor_id" text collate "C" not null,
  constraint "group_tree_group_id" primary key ("group_id",
  "ancestor_id"),
  constraint "group_tree_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_tree_member" foreign key ("ancestor_id") references "groups" ("id") on delete cascade
);

create index "group_tree_ancestor_id" on "group_tree" ("ancestor_id", "group_id");

create table "group_roles" (
  "group_id" text collate "C" not null,
  "role" text collate "C" not null,
  constraint "group_roles_group_id" primary key ("group_id",
  "role"),
  constraint "group_roles_group" foreign key ("group_id") references "groups" ("id") on delete cascade,
  constraint "group_roles_role" foreign key ("role") references "roles" ("name")
);

create index group_roles_role on group_roles (role, group_id);

create table "scim_users" (
  "user_id" text collate "C" not null,
  "user_name" text collate "C" not null,
  "user_name_key" text collate "C" not null,
  "attributes" json not null,
  constraint "scim_users_user_id" primary key ("user_id"),
  constraint "scim_users_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index scim_users_user_name_key on scim_users (user_name_key);

create table "events" (
  "seq" bigint generated by default as identity primary key,
  "position" bigint,
  "id" text collate "C" not null,
  "at" timestamptz(3) not null,
  "type" text collate "C" not null,
  "user_id" text collate "C" not null,
  "fields" json,
  "surplus" bigint not null
);

create unique index events_position on events (position) where position is not null;

create index events_pending on events (seq) where position is null;

create unique index events_surplus on events (user_id, type) where position is null and surplus = 1;

create table "event_feed" (
  "id" bigint not null,
  "position" bigint not null,
  "deleted_through" bigint not null,
  constraint "event_feed_id" primary key ("id")
);

insert into event_feed (id, position, deleted_through) select 1, count(*), count(*) from (select id from users limit 1) as one_user;

create table "webhooks" (
  "id" text collate "C" not null,
  "url" text collate "C" not null,
  "description" text collate "C" not null,
  "events" json not null,
  "position" bigint not null,
  "disabled_at" timestamptz(3),
  "disabled_reason" text collate "C",
  "failing_since" timestamptz(3),
  "created_by" text collate "C",
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  constraint "webhooks_id" primary key ("id")
);

create table "webhook_secrets" (
  "id" text collate "C" not null,
  "webhook_id" text collate "C" not null,
  "secret" text collate "C" not null,
  "created_at" timestamptz(3) not null,
  constraint "webhook_secrets_id" primary key ("id"),
  constraint "webhook_secrets_webhook" foreign key ("webhook_id") references "webhooks" ("id") on delete cascade
);

create index webhook_secrets_webhook_id on webhook_secrets (webhook_id);

create table "webhook_deliveries" (
  "seq" bigint generated by default as identity primary key,
  "id" text collate "C" not null,
  "webhook_id" text collate "C" not null,
  "position" bigint,
  "event_id" text collate "C" not null,
  "type" text collate "C" not null,
  "user_id" text collate "C",
  "created_at" timestamptz(3) not null,
  "attempts" bigint not null,
  "next_attempt_at" timestamptz(3) not null,
  "leased_until" timestamptz(3),
  "last_attempt_at" timestamptz(3),
  "delivered_at" timestamptz(3),
  "failed_at" timestamptz(3),
  "request_body" text collate "C",
  "response_status" bigint,
  "response_body" text collate "C",
  "error" text collate "C"
);

create unique index webhook_deliveries_id on webhook_deliveries (id);

create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at) where delivered_at is null and failed_at is null;

create index webhook_deliveries_order on webhook_deliveries (webhook_id, user_id, position) where delivered_at is null and failed_at is null;

create unique index webhook_deliveries_event on webhook_deliveries (webhook_id, position);

create index webhook_deliveries_list on webhook_deliveries (webhook_id, seq);

create index webhook_deliveries_created_at on webhook_deliveries (created_at);

create index webhook_deliveries_user_id on webhook_deliveries (user_id);

create table "counters" (
  "name" text collate "C" not null,
  "bucket" text collate "C" not null,
  "amount" bigint not null,
  constraint "counters_name_bucket" primary key ("name",
  "bucket")
);

create table "counter_changes" (
  "seq" bigint generated by default as identity primary key,
  "name" text collate "C" not null,
  "bucket" text collate "C" not null,
  "amount" bigint not null
);

insert into counters (name, bucket, amount) select cast($1 as text), cast(seq / 10000 as text), count(*) from users where deleted_at is null group by 2;

insert into counters (name, bucket, amount) select cast($1 as text), cast(seq / 10000 as text), count(*) from users where deleted_at is null and disabled_at is not null group by 2;

insert into counters (name, bucket, amount) select cast($1 as text), cast(seq / 10000 as text), count(*) from users where deleted_at is null and email_verified_at is null group by 2;

insert into counters (name, bucket, amount) select cast($1 as text), cast(seq / 10000 as text), count(*) from users where deleted_at is not null group by 2;

insert into counters (name, bucket, amount) select 'created', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD'), count(*) from users group by to_char(created_at at time zone 'UTC', 'YYYY-MM-DD');

create table "bulk_jobs" (
  "id" text collate "C" not null,
  "kind" text collate "C" not null,
  "selection" text collate "C" not null,
  "role" text collate "C",
  "undo_of" text collate "C",
  "caller" text collate "C" not null,
  "state" text collate "C" not null,
  "reason" text collate "C",
  "total" bigint not null,
  "changed" bigint not null,
  "unchanged" bigint not null,
  "failed" bigint not null,
  "position" text collate "C",
  "created_at" timestamptz(3) not null,
  "started_at" timestamptz(3),
  "finished_at" timestamptz(3),
  "leased_by" text collate "C",
  "leased_until" timestamptz(3),
  constraint "bulk_jobs_id" primary key ("id")
);

create index bulk_jobs_open on bulk_jobs (id) where finished_at is null;

create index bulk_jobs_finished_at on bulk_jobs (finished_at) where finished_at is not null;

create table "bulk_job_users" (
  "job_id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "outcome" text collate "C" not null,
  "code" text collate "C",
  constraint "bulk_job_users_job_id" primary key ("job_id",
  "user_id"),
  constraint "bulk_job_users_job" foreign key ("job_id") references "bulk_jobs" ("id") on delete cascade
);

create index bulk_job_users_outcome on bulk_job_users (job_id, outcome, user_id);

create table "username_looks" (
  "look" text collate "C" not null,
  "user_id" text collate "C" not null,
  "reserved_until" timestamptz(3),
  constraint "username_looks_look" primary key ("look",
  "user_id")
);

insert into username_looks (look, user_id) select replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(username_key, '0', 'o'), '1', 'l'), 'а', 'a'), 'е', 'e'), 'о', 'o'), 'р', 'p'), 'с', 'c'), 'у', 'y'), 'х', 'x'), 'ѕ', 's'), 'і', 'i'), 'ј', 'j'), 'һ', 'h'), 'ӏ', 'l'), 'ԁ', 'd'), 'ԛ', 'q'), 'ԝ', 'w'), 'ѵ', 'v'), 'ү', 'y'), 'к', 'k'), 'т', 't'), 'м', 'm'), 'п', 'n'), 'г', 'r'), 'ь', 'b'), 'в', 'b'), 'ё', 'e'), 'ї', 'i'), 'ӓ', 'a'), 'ӧ', 'o'), 'ғ', 'f'), 'н', 'h'), 'α', 'a'), 'β', 'b'), 'γ', 'y'), 'ε', 'e'), 'η', 'n'), 'ι', 'i'), 'κ', 'k'), 'ν', 'v'), 'ο', 'o'), 'ρ', 'p'), 'σ', 'o'), 'τ', 't'), 'υ', 'u'), 'χ', 'x'), 'ω', 'w'), 'ϳ', 'j'), 'օ', 'o'), 'ո', 'n'), 'ս', 'u'), 'հ', 'h'), 'ց', 'g'), 'զ', 'q'), 'յ', 'j'), 'ք', 'p'), 'ռ', 'n'), 'ա', 'w'), 'գ', 'q'), 'լ', 'l'), 'ꭺ', 'a'), 'ꭼ', 'e'), 'ꭻ', 'j'), 'ꮃ', 'w'), 'ꮋ', 'h'), 'ꮪ', 's'), 'ꮮ', 'l'), 'ꮯ', 'c'), 'ꮲ', 'p'), 'ꮶ', 'k'), 'ꮍ', 'y'), 'ɑ', 'a'), 'ɡ', 'g'), 'ɩ', 'i'), 'ı', 'i'), 'ƅ', 'b'), 'ᴏ', 'o'), 'ᴄ', 'c'), 'ᴠ', 'v'), 'ᴡ', 'w'), 'ᴢ', 'z'), 'rn', 'm'), id from users where deleted_at is null;

create index username_looks_user_id on username_looks (user_id);

create index username_looks_reserved_until on username_looks (reserved_until) where reserved_until is not null;

alter table "roles" add column "second_factor_since" timestamptz(3);

create table "trusted_browsers" (
  "id" text collate "C" not null,
  "user_id" text collate "C" not null,
  "secret_hash" text collate "C" not null,
  "user_agent" text collate "C",
  "created_at" timestamptz(3) not null,
  "last_used_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  constraint "trusted_browsers_id" primary key ("id"),
  constraint "trusted_browsers_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create unique index trusted_browsers_secret_hash on trusted_browsers (secret_hash);

create index trusted_browsers_user_id on trusted_browsers (user_id);

create index trusted_browsers_expires_at on trusted_browsers (expires_at);

alter table "users" add column "previous_username_key" text;

create index users_previous_username_key on users (previous_username_key) where previous_username_key is not null;

create table "scim_connections" (
  "id" text collate "C" not null,
  "api_key_id" text collate "C",
  "existing_users" text collate "C" not null,
  "groups" text collate "C" not null,
  "group_ids" json not null,
  "on_delete" text collate "C" not null,
  "send_invitations" bigint not null,
  "last_request_at" timestamptz(3),
  "version" bigint not null,
  "created_at" timestamptz(3) not null,
  "updated_at" timestamptz(3) not null,
  constraint "scim_connections_id" primary key ("id"),
  constraint "scim_connections_key" foreign key ("api_key_id") references "api_keys" ("id") on delete set null
);

create unique index scim_connections_api_key_id on scim_connections (api_key_id);

create table "scim_requests" (
  "seq" bigint generated by default as identity primary key,
  "id" text collate "C" not null,
  "connection_id" text collate "C" not null,
  "is_change" bigint not null,
  "at" timestamptz(3) not null,
  "method" text collate "C" not null,
  "path" text collate "C" not null,
  "status" bigint not null,
  "resource_id" text collate "C",
  "subject" text collate "C",
  "changes" json,
  "ignored" json not null,
  "error" text collate "C",
  constraint "scim_requests_connection" foreign key ("connection_id") references "scim_connections" ("id") on delete cascade
);

create index scim_requests_kept on scim_requests (connection_id, is_change, seq);

create index scim_requests_list on scim_requests (connection_id, seq);

create index scim_requests_at on scim_requests (at);

create table "scim_groups" (
  "group_id" text collate "C" not null,
  "connection_id" text collate "C" not null,
  constraint "scim_groups_group_id" primary key ("group_id"),
  constraint "scim_groups_group" foreign key ("group_id") references "groups" ("id") on delete cascade
);

alter table "scim_users" add column "connection_id" text collate "C";

alter table "users" add column "profile" json default '{}' not null;

alter table users alter column email drop not null;

update username_looks set look = (select replace(replace(username_key, '0', 'o'), '1', 'l') from users where users.id = username_looks.user_id) where reserved_until is null and exists ( select 1 from users where users.id = username_looks.user_id and username_key like '%rn%' and username_looks.look = replace(replace(replace(username_key, '0', 'o'), '1', 'l'), 'rn', 'm') );

create table "email_sign_ins" (
  "hash" text collate "C" not null,
  "user_id" text collate "C",
  "email_key" text collate "C",
  "code_hash" text collate "C",
  "token_hash" text collate "C",
  "attempts" bigint not null,
  "created_at" timestamptz(3) not null,
  "expires_at" timestamptz(3) not null,
  constraint "email_sign_ins_hash" primary key ("hash"),
  constraint "email_sign_ins_user" foreign key ("user_id") references "users" ("id") on delete cascade
);

create index email_sign_ins_user_id on email_sign_ins (user_id);

create index email_sign_ins_expires_at on email_sign_ins (expires_at);

alter table "passkeys" add column "rp_id" text collate "C";

create index passkeys_rp_id on passkeys (rp_id);

alter table "passwords" add column "must_change_since" timestamptz(3);

alter table "totp_factors" add column "wrong_in_row" integer default 0 not null;

drop index "oauth_records_grant_id";

create index oauth_records_of_grant on oauth_records (grant_id, kind, created_at);

drop index "oauth_records_user_id";

create index oauth_records_of_user on oauth_records (user_id, application_id, kind, created_at);

alter table "sign_in_challenges" add column "code_hash" text collate "C";

alter table "sign_in_challenges" add column "email_key" text collate "C";

alter table "passwords" add column "reset_by_mail_at" timestamptz(3);

alter table "applications" add column "permissions" text collate "C" default '[]' not null;

alter table "users" add column "locale" text;

alter table "sessions" add column "impersonator_id" text collate "C";

alter table "sessions" add column "impersonator_session_id" text collate "C";

create index sessions_impersonator on sessions (impersonator_session_id) where impersonator_session_id is not null and ended_at is null;

alter table "audit_events" add column "acting_as" text collate "C";

create trigger audit_events_no_update_acting_as before update on audit_events for each row when (new.acting_as is distinct from old.acting_as) execute function audit_events_refuse();

alter table "applications" add column "last_used_at" text;

alter index user_search_grams set (gin_pending_list_limit = 256);
