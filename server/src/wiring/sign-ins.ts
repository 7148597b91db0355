/** The ways to sign in: with a password or a mail, at other providers, and into applications. */
import { createApplicationFeature, createMachineFeature } from '../features/applications/feature.ts'
import { createIdentityProviderFeature } from '../features/identity-providers/feature.ts'
import { createSignIn } from '../features/sign-in/service.ts'
import { createStatus } from '../features/sign-in/status.ts'
import { usersOfProviders } from '../features/users/provider-users.ts'
import { lookOf } from '../html/page-layout.ts'
import { createBearer } from './bearer.ts'
import type { Credentials } from './credentials.ts'
import type { Foundation } from './foundation.ts'
import type { UserManagement } from './user-management.ts'

type Parts = Foundation & Credentials & UserManagement

export function createSignIns({ config, log, database, keys, ...parts }: Parts) {
  const { egress, rights, roleLookup, audit, floods, hooks, attempts, emailSignIns, mail, tellAdmins } = parts
  const { passwords, sessions, challenges, passkeys, policy, trustedBrowsers, apiKeys, grantParts } = parts
  const { users, groups, account } = parts
  const { seal, open } = keys

  const signInNeeds = {
    ...{ database, rights, log, audit, floods, attempts, passwords, sessions, emailSignIns },
    ...{ challenges, passkeys, policy, trustedBrowsers, mail, claimByMail: account.claimByMail },
    ...{ cacheKey: keys.cache, beforeSignIn: hooks.beforeSignIn },
    ...{ requireVerifiedEmail: config.requireVerifiedEmail, breachedSignIn: config.breachedSignIn },
    users: { ...users, findByName: users.findToSignIn, hold: users.findForChange },
    ...{ permissionsOf: roleLookup.permissionsOf, rolesHeldBy: roleLookup.heldBy },
  }
  const signIn = createSignIn(signInNeeds)
  const status = createStatus({ ...signInNeeds, needProof: parts.needProof })
  const identityProviders = createIdentityProviderFeature({
    ...{ database, log, seal, open, egress, audit, roles: roleLookup, signIn, ...parts.identityParts },
    ...{ users: usersOfProviders(users), publicUrl: config.publicUrl, email: config.email },
    requireVerifiedEmail: config.requireVerifiedEmail,
  })
  const { store } = grantParts
  const machineFeature = createMachineFeature({ database, open, store, log, issuer: config.publicUrl })
  const { machines } = machineFeature
  const bearer = createBearer({ apiKeys, sessions, machines })
  const applicationFeature = createApplicationFeature({
    ...{
      database,
      seal,
      open,
      sign: parts.sign,
      egress,
      audit,
      log,
      ...machineFeature,
      bearer,
      ...grantParts,
    },
    ...{ issuer: config.publicUrl, look: lookOf(config), refreshKey: keys.refresh },
    cookieKey: keys.cookies.export().toString('base64url'),
    ...{ privateJwks: parts.signingKeys.privateJwks, findKey: parts.signingKeys.find },
    ...{ missingRoles: roleLookup.missing, rightsNow: roleLookup.rightsNow, needProof: parts.needProof },
    tellPermissions: (tx, caller, ...granted) =>
      tellAdmins(tx, caller.userId, mail.applicationPermissions, granted),
    findUser: async (id) => {
      const user = await users.findUser(id)
      return user && { ...user, roles: await roleLookup.heldBy(id) }
    },
    groupsOf: groups.namesOf,
    ...{ authenticationOf: sessions.authenticationOf, hasFactor: challenges.isRequired },
    ...{
      endSession: sessions.logout,
      mayManage: users.mayManage,
      mayEndAccess: parts.mayEndAccess,
      beforeToken: hooks.beforeToken,
    },
  })
  return { signIn, status, identityProviders, bearer, ...applicationFeature }
}
