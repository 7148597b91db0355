/** A change of a user, as shown in the feed and sent by webhooks. */

export const userEventTypes = [
  'user.created',
  'user.updated',
  'user.email_changed',
  'user.email_verified',
  'user.password_changed',
  'user.roles_changed',
  'user.groups_changed',
  'user.disabled',
  'user.enabled',
  'user.deleted',
  'user.restored',
  'user.erased',
] as const

export type UserEventType = (typeof userEventTypes)[number]

/** An event as recorded in the transaction of the change. */
export type NewEvent = { type: UserEventType; userId: string; fields: readonly string[] | null }

/** A user at the time of reading, including later changes. */
export type Snapshot = {
  version: number
  deleted_at: string | null
  user: Record<string, unknown>
  /** The groups of which the user is a direct member. */
  groups: { id: string; name: string }[]
}

export type FeedEvent = {
  id: string
  sequence: number
  type: string
  timestamp: string
  data: {
    user_id: string
    fields: string[] | null
    version: number | null
    deleted_at: string | null
    user: Record<string, unknown> | null
    groups: { id: string; name: string }[] | null
  }
}

type Recorded = {
  type: string
  target?: { kind: string; id: string | null }
  changes?: Record<string, unknown>
}

const byAuditType: Record<string, readonly [UserEventType, readonly string[]]> = {
  'user.created': ['user.created', []],
  'user.disabled': ['user.disabled', ['status']],
  'user.enabled': ['user.enabled', ['status']],
  'user.deleted': ['user.deleted', []],
  'user.restored': ['user.restored', []],
  'user.erased': ['user.erased', []],
  'role.assigned': ['user.roles_changed', ['roles']],
  'group.member_added': ['user.groups_changed', ['groups']],
  'group.member_removed': ['user.groups_changed', ['groups']],
  'role.removed': ['user.roles_changed', ['roles']],
  'password.changed': ['user.password_changed', []],
  'password.reset_completed': ['user.password_changed', []],
  'email.verified': ['user.email_verified', ['email_verified']],
  'email.changed': ['user.email_changed', ['email', 'email_verified']],
}

/** The feed events of an audit event; none when it is not about a user. */
export function eventsOfAudit({ type, target, changes }: Recorded): NewEvent[] {
  if (target?.kind !== 'user' || target.id === null) return []
  const userId = target.id
  if (type === 'user.updated') {
    const fields = [changes?.['fields'] ?? []].flat().map(String)
    const updated: NewEvent = { type, userId, fields }
    return fields.includes('email')
      ? [{ type: 'user.email_changed', userId, fields: ['email'] }, updated]
      : [updated]
  }
  const known = byAuditType[type]
  return known ? [{ type: known[0], userId, fields: known[1] }] : []
}
