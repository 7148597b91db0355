/** The functions of other features that the account feature calls; `wiring/` passes them in. */
import type { AuditLog } from '../../audit-events.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { ApiKeys } from '../api-keys/service.ts'
import type { Attempts } from '../attempts/service.ts'
import type { Passwords } from '../passwords/service.ts'
import type { Proof } from '../proof/service.ts'
import type { Sessions } from '../sessions/service.ts'
import type { MayEndAccess } from '../users/end-access.ts'
import type { Users } from '../users/users.ts'
import type { AccountMail } from './account-mail.ts'
import type { EmailSignIns } from './email-sign-in/service.ts'
import type { Links } from './links.ts'
import type { MailBudgets } from './mail-budgets.ts'
import type { Requests } from './requests/requests.ts'

export type AccountNeeds = {
  database: Database
  links: Links
  mail: AccountMail
  budgets: MailBudgets
  requests: Requests
  emailSignIns: EmailSignIns
  /** Whether users may sign in by mail. */
  emailLink: boolean
  audit: AuditLog
  attempts: Pick<Attempts, 'forgive'>
  passwords: Pick<
    Passwords,
    | 'faultsOf'
    | 'hash'
    | 'set'
    | 'wasResetByMail'
    | 'has'
    | 'mustChange'
    | 'setMustChange'
    | 'remove'
    | 'confirm'
  >
  needProof: Proof['need']
  mayEndAccess: MayEndAccess
  users: Pick<
    Users,
    | 'holdsPermissions'
    | 'find'
    | 'findForChange'
    | 'findByName'
    | 'canonicalName'
    | 'mayManage'
    | 'mayManageNow'
    | 'findSignUp'
    | 'discardSignUp'
    | 'verifyEmail'
    | 'setEmail'
  >
  /** Whether the user can sign in without a password: with an account at another provider or a passkey. */
  hasOtherWayIn(userId: string): Promise<boolean>
  /** Whether links verify addresses without the password of the account (`ROSTER_VERIFY_WITHOUT_PASSWORD`). */
  verifyWithoutPassword: boolean
  access: {
    /** Removes second factors and linked accounts of other providers, without a mail to the user. */
    removeFactors(tx: Tx, userId: string): Promise<unknown>
    endSessions: Sessions['endAllIn']
    revokeApiKeys: ApiKeys['revokeAllIn']
  }
}
