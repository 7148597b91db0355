/** The types of audit events, and the interface to the audit log. */
import type { Caller } from './caller.ts'
import type { Tx } from './database/dialect.ts'

/** Every type of event. The table in docs/security.md explains them; tests compare both with the source. */
export const eventTypes = [
  'auth.login.success',
  'auth.login.success_after_failures',
  'auth.login.failure',
  'auth.login.throttled',
  'auth.email_link.requested',
  'auth.basic.used',
  'auth.step_up.success',
  'auth.step_up.failure',
  'auth.new_device',
  'auth.logout',
  'session.created',
  'session.renewed',
  'session.refreshed',
  'session.revoked',
  'session.revoked_all',
  'session.expired',
  'session.limit_exceeded',
  'token.invalid',
  'token.refresh_reuse',
  'apikey.created',
  'apikey.updated',
  'apikey.used_first',
  'apikey.denied_scope',
  'apikey.revoked',
  'apikey.expired',
  'application.created',
  'application.updated',
  'application.deleted',
  'application.secret_created',
  'application.secret_revoked',
  'application.authorized',
  'application.disconnected',
  'application.logout_failed',
  'identity_provider.created',
  'identity_provider.updated',
  'identity_provider.deleted',
  'identity.linked',
  'identity.unlinked',
  'auth.second_factor.required',
  'auth.second_factor.failure',
  'factor.added',
  'factor.renamed',
  'factor.removed',
  'factor.reset',
  'factor.recovery_codes_created',
  'factor.recovery_code_used',
  'factor.browser_trusted',
  'factor.browser_forgotten',
  'password.changed',
  'password.invitation_sent',
  'password.reset_requested',
  'password.breached',
  'password.reset_completed',
  'password.reset_invalid_token',
  'password.blocklisted',
  'password.disabled_after_100',
  'password.rehash',
  'email.verify_sent',
  'email.verified',
  'email.change_requested',
  'email.changed',
  'user.created',
  'user.updated',
  'user.disabled',
  'user.enabled',
  'user.unlocked',
  'user.impersonated_start',
  'user.impersonated_end',
  'user.deleted',
  'user.restored',
  'user.erased',
  'job.created',
  'job.cancelled',
  'users.imported',
  'users.exported',
  'role.created',
  'role.updated',
  'role.deleted',
  'role.assigned',
  'role.removed',
  'group.created',
  'group.updated',
  'group.deleted',
  'group.member_added',
  'group.member_removed',
  'group.nested',
  'group.unnested',
  'authz.denied',
  'authz.field_denied',
  'authz.last_admin_blocked',
  'hook.denied',
  'csrf.rejected',
  'ratelimit.exceeded',
  'overload.shed',
  'key.generated',
  'key.activated',
  'key.retired',
  'key.revoked',
  'mail.failed',
  'bootstrap.token_created',
  'bootstrap.token_used',
  'scim_connection.created',
  'scim_connection.updated',
  'scim_connection.deleted',
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.disabled',
  'webhook.secret_created',
  'webhook.secret_revoked',
  'webhook.resent',
  'audit.archived',
  'audit.purged',
] as const

export type EventType = (typeof eventTypes)[number]

export type Outcome = 'success' | 'failure' | 'denied'

export type NewAuditEvent = {
  type: EventType
  outcome?: Outcome
  reason?: string
  target?: {
    kind:
      | 'user'
      | 'session'
      | 'role'
      | 'group'
      | 'api_key'
      | 'application'
      | 'identity_provider'
      | 'signing_key'
      | 'webhook'
      | 'scim_connection'
      | 'system'
    id: string | null
  }
  changes?: Record<string, unknown>
}

export type AuditLog = {
  /**
   * Adds events to the transaction: they are committed with the change or not at all. A caller without permissions gets
   * a limited number of rows a minute and a day; further events are counted.
   */
  record: (tx: Tx, caller: Caller, ...events: NewAuditEvent[]) => Promise<void>
}
