/**
 * Accounts that users signed up for and whose address was never verified. Their password may be that of a
 * stranger who typed the address of another, so a caller who gives them more rights must decide about it.
 */
import { AppError } from '../../../errors.ts'
import { givesPermission, type Rights } from '../authority.ts'
import { rolesOf, type UserFields, type UserRow } from '../user.ts'
import type { SignUp } from './store.ts'

/** What becomes of the password, sessions, API keys and second factors of an account that is raised. */
export type Credentials = 'keep' | 'reset'
/**
 * `undecided`: a rule changes the roles, and the account stays unproven. `adopted`: a directory takes the account for that
 * of its user, so that the credentials end whatever it changes.
 */
export type Decision = Credentials | 'undecided' | 'adopted'

/** Whether the change vouches for the account: it calls its address verified or gives it permissions. */
export function isRaised(rights: Rights, before: UserRow, fields: Partial<UserFields>): boolean {
  if (fields.email_verified === true && before.email_verified_at === null) return true
  const had = rolesOf(before)
  return givesPermission(
    rights,
    (fields.roles ?? []).filter((role) => !had.includes(role)),
  )
}

/** What becomes of the credentials of a sign-up by this decision; undefined leaves it unproven. */
export function credentialsOf(decision: Decision | undefined): Credentials | undefined {
  if (decision === 'undecided') return undefined
  return decision === 'adopted' ? 'reset' : decision
}

/** @throws unproven_account unless the caller says what becomes of the credentials */
export function needDecision(signUp: SignUp | undefined, credentials: Decision | undefined): void {
  if (signUp && credentials === undefined) throw new AppError('unproven_account')
}

/** @throws unproven_account when there is such a user */
export function refuseSignUp(userId: string | undefined): void {
  if (userId !== undefined)
    throw new AppError('unproven_account', {
      detail: `The address of the user ${userId} is not proven. Decide with PATCH /users/${userId}?credentials=… first.`,
    })
}
