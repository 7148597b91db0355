/** The functions of other features that a sign-in calls; `wiring/` passes them in. */

import type { KeyObject } from 'node:crypto'
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Database } from '../../database/database.ts'
import type { PasskeyAnswer } from '../../factor-answers.ts'
import type { AccountMail } from '../account/account-mail.ts'
import type { EmailSignIns } from '../account/email-sign-in/service.ts'
import type { AccountService } from '../account/service.ts'
import type { Attempts } from '../attempts/service.ts'
import type { Floods } from '../audit/floods.ts'
import type { Challenges } from '../factors/challenges.ts'
import type { PasskeySignIn } from '../factors/passkeys/sign-in.ts'
import type { FactorPolicy } from '../factors/policy.ts'
import type { TrustedBrowsers } from '../factors/trusted/service.ts'
import type { Passwords } from '../passwords/service.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { Sessions } from '../sessions/service.ts'
import type { UserLookup } from '../users/lookup.ts'
import type { Users } from '../users/users.ts'
import type { Hooks } from '../webhooks/hooks/hooks.ts'

/** The columns of a user that a sign-in reads. */
export type Account = NonNullable<Awaited<ReturnType<UserLookup['findToSignIn']>>>
export type Attempt = Awaited<ReturnType<Attempts['begin']>>

/** The answer to the challenge of a second step. */
export type SecondFactor =
  | { totp: string }
  | { recovery_code: string }
  | { passkey: PasskeyAnswer }
  | { email_code: string }

/** The code or the token of the mail for the challenge. */
export type EmailEntrance = { challenge: string } & ({ email_code: string } | { email_token: string })

/** A name and a password. `trusted` is the cookie of a browser that needs no second factor. */
export type TypedPassword = { username: string; password: string; trusted?: string | undefined }

/** The credentials of a sign-in: a name and a password, a passkey that signed a challenge, or a mail. */
export type Entrance = TypedPassword | { challenge: string; passkey: PasskeyAnswer } | EmailEntrance

export type SignInNeeds = {
  database: Database
  rights: Pick<RightsCaches, 'add'>
  log: { warn(fields: object, message: string): void }
  cacheKey: KeyObject
  requireVerifiedEmail: boolean
  /** The effect of a sign-in with a breached password. */
  breachedSignIn: 'notice' | 'refuse'
  beforeSignIn: Hooks['beforeSignIn']
  audit: AuditLog
  floods: Pick<Floods, 'hasRow' | 'count'>
  attempts: Pick<Attempts, 'begin' | 'enter'>
  passwords: Pick<
    Passwords,
    'refuseWhenFull' | 'isBreached' | 'mustChange' | 'verify' | 'succeeded' | 'failed'
  >
  users: Pick<Users, 'canonicalName' | 'recordLogin' | 'get'> & {
    findByName: UserLookup['findToSignIn']
    hold: UserLookup['findForChange']
  }
  sessions: Pick<Sessions, 'open' | 'tokensOf' | 'describe' | 'current' | 'refresh'>
  challenges: Pick<Challenges, 'isRequired' | 'methodsOf' | 'begin' | 'isMailed' | 'beginByMail' | 'answer'>
  emailSignIns: Pick<EmailSignIns, 'ownerOf' | 'redeem'>
  claimByMail: AccountService['claimByMail']
  policy: Pick<FactorPolicy, 'enrolBy' | 'stateOf'>
  trustedBrowsers: Pick<TrustedBrowsers, 'days' | 'knows' | 'use' | 'add'>
  passkeys: Pick<PasskeySignIn, 'identify'>
  permissionsOf: RoleLookup['permissionsOf']
  rolesHeldBy: RoleLookup['heldBy']
  mail: Pick<AccountMail, 'passwordBreached' | 'newDevice'>
}
