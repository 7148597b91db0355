/** Ends the access to an account: sessions, links and API keys of several features. */
import type { Tx } from '../database/database.ts'
import type { Links } from '../features/account/links.ts'
import type { ApiKeys } from '../features/api-keys/service.ts'
import type { FactorService } from '../features/factors/service.ts'
import type { Identities } from '../features/identity-providers/identities.ts'
import type { Sessions } from '../features/sessions/service.ts'
import type { UsersNeeds } from '../features/users/needs.ts'

type Needs = {
  sessions: Pick<Sessions, 'endAllIn'>
  links: Pick<Links, 'revokeAll'>
  apiKeys: Pick<ApiKeys, 'revokeAllIn'>
  factors: Pick<FactorService, 'removeAllIn'>
  identities: Pick<Identities, 'removeAllIn'>
}

export function createEndOfAccess({ sessions, links, apiKeys, factors, identities }: Needs) {
  /** Removes second factors and linked accounts of other providers, without a mail to the user. */
  const removeFactors = async (tx: Tx, userId: string): Promise<void> => {
    await factors.removeAllIn(tx, userId)
    await identities.removeAllIn(tx, userId)
  }
  const access: UsersNeeds['access'] = {
    async end(tx, caller, userId, reason) {
      const kept = reason === 'email_changed' ? caller.sessionId : null
      await sessions.endAllIn(tx, caller, { userId, reason, exceptId: kept })
      await links.revokeAll(tx, userId)
      if (reason === 'deleted') await apiKeys.revokeAllIn(tx, caller, userId, 'owner_deleted')
      if (reason === 'password_changed') await apiKeys.revokeAllIn(tx, caller, userId, reason)
    },
    async reclaim(tx, caller, userId) {
      await apiKeys.revokeAllIn(tx, caller, userId, 'account_reclaimed')
      await removeFactors(tx, userId)
      await access.end(tx, caller, userId, 'password_changed')
    },
  }
  return { ...access, removeFactors }
}
