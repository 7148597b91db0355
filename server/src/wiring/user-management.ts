/** Creates the management of accounts: users, roles, groups, links, imports, jobs, webhooks. */
import type { Caller } from '../caller.ts'
import { egressReason } from '../egress/egress.ts'
import { createAccountFeature } from '../features/account/feature.ts'
import { createUserData } from '../features/account/user-data.ts'
import { signUpsDaily, signUpsHourly } from '../features/attempts/limits.ts'
import { createJobFeature } from '../features/jobs/feature.ts'
import { createRoles } from '../features/roles/service.ts'
import { createConnectionStore } from '../features/scim/connections/store.ts'
import { createFormats } from '../features/transfer/formats/index.ts'
import { createTransfer } from '../features/transfer/service.ts'
import { createUsers } from '../features/users/users.ts'
import { createWebhookFeature } from '../features/webhooks/feature.ts'
import type { Credentials } from './credentials.ts'
import { createDirectory } from './directory.ts'
import type { Foundation } from './foundation.ts'

export type UserManagement = ReturnType<typeof createUserManagement>

export function createUserManagement({ config, log, database, keys, ...parts }: Foundation & Credentials) {
  const { egress, rights, roleLookup, userLookup, counters, events, audit, hooks, idempotency } = parts
  const { attempts, links, budgets, emailSignIns, mail, noteCreated, tellAdmins } = parts
  const { passwords, oldSystemMark, sessions, apiKeys, access, identities, factorMoving, needProof, policy } =
    parts
  const { seal, open } = keys
  /** For work that continues after its request: none while the user must first replace the password or add a factor. */
  const rightsNow = async (caller: Caller): Promise<Caller> => {
    const current = await roleLookup.rightsNow(caller, database.read)
    if (caller.kind !== 'user' || caller.userId === null) return current
    const isDue = (await passwords.mustChange(caller.userId)) || (await policy.isOverdue(caller))
    return isDue ? { ...current, permissions: new Set() } : current
  }

  const scimConnections = createConnectionStore(database)
  const roles = createRoles({
    ...{ database, rights, audit, noteCreated, lookup: roleLookup },
    needProvenHolders: userLookup.needProvenHolders,
  })
  const webhookFeature = createWebhookFeature({
    ...{ database, seal, open, egress, audit, log, events, noteCreated, reasonOf: egressReason },
    tell: (tx, createdBy, ...what) => tellAdmins(tx, createdBy, mail.webhookDisabled, what),
  })
  const users = createUsers(
    {
      ...{ database, rights, log, audit, statistics: counters, roles: roleLookup, noteCreated, needProof },
      ...{ email: config.email, signup: config.signup, beforeSignUp: hooks.beforeSignUp },
      requireVerifiedEmail: config.requireVerifiedEmail,
      ...{ passwords, oldSystemMark, factors: factorMoving, mail, access },
      countSignUp: (tx, { address }) => attempts.useOfNetwork(tx, address ?? '', signUpsHourly, signUpsDaily),
      async forgetElsewhere(tx, user) {
        await idempotency.forget(tx, user.id)
        await webhookFeature.deliveries.forgetUser(tx, user.id)
        await scimConnections.forgetSubject(tx, [user.username, user.email])
      },
    },
    userLookup,
  )
  const { groups, scim } = createDirectory({
    ...{ database, rights, seal, open, log, audit, noteCreated, roles: roleLookup, users, needProof },
    ...{ publicUrl: config.publicUrl, email: config.email },
    recordGroupsChanged: events.recordGroupsChanged,
  })
  const accountFeature = createAccountFeature({
    ...{ database, seal, open, links, mail, budgets, emailSignIns, audit, attempts, passwords, users },
    ...{ emailLink: config.emailLink, verifyWithoutPassword: config.verifyWithoutPassword },
    ...{ needProof, mayEndAccess: parts.mayEndAccess, hasOtherWayIn: parts.hasOtherWayIn },
    access: {
      removeFactors: access.removeFactors,
      endSessions: sessions.endAllIn,
      revokeApiKeys: apiKeys.revokeAllIn,
    },
  })
  const userData = createUserData({ ...parts, users, groups })
  const transfer = createTransfer<Record<string, unknown>>({
    ...{ database, audit, users, groups, identities, totps: factorMoving, rightsNow },
    ...{ formats: createFormats(parts.hashForms), listByExternalIds: users.listByExternalIds },
    ...{ listHashes: passwords.listHashes, hasOldSystem: oldSystemMark !== undefined },
    foldCounters: counters.fold,
  })
  const jobFeature = createJobFeature({
    ...{ database, audit, log, users, mail, rightsNow },
    ...{ endSessions: accountFeature.account.endSessions, mayGive: roleLookup.mayGive },
  })
  return {
    ...{ roles, users, groups, scim, userData, transfer },
    ...accountFeature,
    ...webhookFeature,
    ...jobFeature,
  }
}
