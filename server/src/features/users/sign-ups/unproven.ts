/**
 * Accounts that users signed up for and whose address was never verified. A stranger may have signed up with the
 * address of another person. So a caller who gives such an account more rights must decide whether its credentials are
 * kept.
 */
import { AppError } from '../../../errors.ts'
import { givesPermission, type Rights } from '../authority.ts'
import { rolesOf, type UserFields, type UserRow } from '../user.ts'
import type { SignUp } from './store.ts'

/** Whether the password, sessions, API keys and second factors of an account that gets more rights are kept. */
export type Credentials = 'keep' | 'reset'
/**
 * `undecided`: a rule changes the roles, and the account stays unproven. `adopted`: a directory matches the account
 * with one of its users, so any change removes the credentials.
 */
export type Decision = Credentials | 'undecided' | 'adopted'

/** Whether the change marks the address as verified or gives the account permissions. */
export function isRaised(rights: Rights, before: UserRow, fields: Partial<UserFields>): boolean {
  if (fields.email_verified === true && before.email_verified_at === null) return true
  const had = rolesOf(before)
  return givesPermission(
    rights,
    (fields.roles ?? []).filter((role) => !had.includes(role)),
  )
}

/** The treatment of the credentials of a sign-up after this decision; undefined if the sign-up stays unproven. */
export function credentialsOf(decision: Decision | undefined): Credentials | undefined {
  if (decision === 'undecided') return undefined
  return decision === 'adopted' ? 'reset' : decision
}

/** @throws unproven_account unless the caller has decided whether the credentials are kept */
export function needDecision(signUp: SignUp | undefined, credentials: Decision | undefined): void {
  if (signUp && credentials === undefined) throw new AppError('unproven_account')
}

/** @throws unproven_account when there is such a user */
export function refuseSignUp(userId: string | undefined): void {
  if (userId !== undefined)
    throw new AppError('unproven_account', {
      detail: `The address of the user ${userId} is not proven. Set "email_verified" first, with PATCH /users/${userId}?credentials=keep or credentials=reset.`,
    })
}
