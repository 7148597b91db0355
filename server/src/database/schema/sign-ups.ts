/** The tables of unproven sign-ups, and of looks of usernames. */

/** Owner: features/users. Accounts that users signed up for and whose address was never verified. */
export type UnprovenSignUpsTable = { user_id: string; user_agent: string | null; created_at: string }

/**
 * Owner: features/users. What usernames look like in Latin letters. `reserved_until` is set when the user has another
 * name now. For an erased user the look is a fingerprint.
 */
export type UsernameLooksTable = { look: string; user_id: string; reserved_until: string | null }

export type SignUpTables = {
  unproven_sign_ups: UnprovenSignUpsTable
  username_looks: UsernameLooksTable
}
