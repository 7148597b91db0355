import type { Selectable } from 'kysely'
import type { SessionsTable } from '../../database/schema/schema.ts'
import { type Authentication, authenticationOf } from './authentication.ts'

/** A session as its owner sees it. */
export type Session = {
  id: string
  /** `api`: a pair of tokens; `browser`: a cookie. */
  kind: 'api' | 'browser'
  user_agent: string | null
  address: string | null
  created_at: string
  last_seen_at: string
  expires_at: string
  /** The authentication methods, and the time of the last proof. */
  acr: Authentication['acr']
  amr: string[]
  auth_time: string
  /** Whether an administrator acts as the user in it. */
  impersonated: boolean
  /** Whether it is the session of this request. */
  current: boolean
}

export type SessionRow = Selectable<SessionsTable>
/** The session of a cookie. Each sign-in sets a new `latest_expiry` and a new cookie. */
export type CookieRow = Pick<SessionRow, 'id' | 'latest_expiry'>

export type EndReason =
  | 'logout'
  | 'replaced'
  | 'revoked'
  | 'disabled'
  | 'deleted'
  | 'email_changed'
  | 'password_changed'
  | 'factor_added'
  | 'refresh_reuse'
  | 'limit'
  | 'stopped'
  | 'impersonator_left'
  | 'expired'

export const maxSessionsPerUser = 50

export function sessionOf(row: SessionRow, currentId: string | null): Session {
  const { acr, amr, at } = authenticationOf(row)
  return {
    id: row.id,
    kind: row.kind,
    user_agent: row.user_agent,
    address: row.address,
    created_at: row.created_at,
    last_seen_at: row.last_seen_at,
    expires_at: row.expires_at,
    ...{ acr, amr, auth_time: at },
    impersonated: row.impersonator_id !== null,
    current: row.id === currentId,
  }
}
