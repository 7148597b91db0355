/** The routes of the service, each with the functions that it calls. */
import type { Config } from '../config.ts'
import type { Database } from '../database/database.ts'
import { emailSignInRoutes } from '../features/account/email-sign-in/routes.ts'
import { accountRoutes } from '../features/account/routes.ts'
import { ApiKeyShape, apiKeyRoutes } from '../features/api-keys/routes.ts'
import { ConnectionShape, connectionRoutes } from '../features/applications/grants/routes.ts'
import { protocolRoutes } from '../features/applications/protocol/protocol-routes.ts'
import { applicationRoutes } from '../features/applications/routes.ts'
import { createRefusals } from '../features/audit/refusals.ts'
import { AuditEventShape, auditRoutes, watchRefusals } from '../features/audit/routes.ts'
import { userEventTypes } from '../features/events/event.ts'
import { eventRoutes } from '../features/events/routes.ts'
import { passkeyRoutes } from '../features/factors/passkeys/routes.ts'
import { FactorsShape, factorRoutes } from '../features/factors/routes.ts'
import { TrustedBrowserShape, trustedBrowserRoutes } from '../features/factors/trusted/routes.ts'
import { groupRoutes } from '../features/groups/routes.ts'
import { IdentityShape, identityRoutes } from '../features/identity-providers/identity-routes.ts'
import { identityProviderRoutes } from '../features/identity-providers/routes.ts'
import { providerSignInRoutes } from '../features/identity-providers/sign-in-routes.ts'
import { createInstallation } from '../features/installation/feature.ts'
import { installationRoutes } from '../features/installation/routes.ts'
import { jobRoutes } from '../features/jobs/routes.ts'
import { proofRoutes } from '../features/proof/routes.ts'
import { roleRoutes } from '../features/roles/routes.ts'
import { scimConnectionRoutes } from '../features/scim/connections/routes.ts'
import { scimRoutes } from '../features/scim/routes.ts'
import { impersonationRoutes } from '../features/sessions/impersonation/routes.ts'
import { SessionShape, sessionRoutes } from '../features/sessions/routes.ts'
import { gatewayRoutes } from '../features/sign-in/gateway-routes.ts'
import { signInRoutes } from '../features/sign-in/routes.ts'
import { statusRoutes } from '../features/sign-in/status-routes.ts'
import { statisticsRoutes } from '../features/statistics/routes.ts'
import { transferRoutes } from '../features/transfer/routes.ts'
import { userFilters } from '../features/users/list/parameters.ts'
import { userRoutes } from '../features/users/routes.ts'
import { UserInEventShape, UserShape } from '../features/users/shapes.ts'
import { deliveryRoutes } from '../features/webhooks/deliveries/routes.ts'
import { webhookRoutes } from '../features/webhooks/routes.ts'
import type { Features } from '../features.ts'
import { browserCookie } from '../http/admission/browser-cookie.ts'
import { actingCookie, sessionCookie } from '../http/admission/session-cookie.ts'
import { trustedCookie } from '../http/admission/trusted-cookie.ts'
import { createPages } from '../http/pagination.ts'
import { brandFiles } from '../pages/brand-files.ts'
import { linkPages } from '../pages/link-pages.ts'
import { uiPages } from '../pages/ui-pages.ts'
import { version } from '../runtime/version.ts'
import type { Keys } from '../secret-key.ts'

type Parts = { config: Config; database: Database; keys: Keys; features: Features; ready(): Promise<void> }

export function createRoutes({ config, database, keys, features, ready }: Parts) {
  const { account, apiKeys, audit, factors, floods, groups, identities, identityProviders } = features
  const { outbox, proof, roleLookup, sessions, setup, signIn, signingKeys, users } = features
  const { providers, flow } = identityProviders
  const pages = createPages(keys.cursors, config.publicUrl)
  const cookie = sessionCookie(config.publicUrl)
  const acting = actingCookie(config.publicUrl)
  const browser = browserCookie(config.publicUrl, 'provider')
  const emailCookie = browserCookie(config.publicUrl, 'email')
  return [
    watchRefusals(createRefusals(database, audit, floods)),
    transferRoutes(features.transfer, userFilters),
    userRoutes(users, pages),
    signInRoutes({
      signIn,
      logout: sessions.logout,
      cookie,
      emailCookie,
      trustedCookie: trustedCookie(config.publicUrl, config.trustedBrowserDays),
      shapes: { user: UserShape, session: SessionShape },
    }),
    gatewayRoutes({
      publicUrl: config.publicUrl,
      getUser: async (id) => ({ ...(await users.get(id)).user, roles: await roleLookup.heldBy(id) }),
      groupsOf: groups.namesOf,
    }),
    sessionRoutes(sessions, signingKeys, {
      ...{ mayManage: users.mayManage, mayEndAccess: features.mayEndAccess },
      endAll: account.endSessions,
    }),
    impersonationRoutes(sessions.impersonations, acting, { session: SessionShape }),
    apiKeyRoutes(apiKeys, pages),
    applicationRoutes(features.applications, pages),
    connectionRoutes(features.connections),
    protocolRoutes(features.protocol, features.introspect, config),
    identityProviderRoutes({ providers, test: flow.test }, pages),
    providerSignInRoutes(flow, { publicUrl: config.publicUrl, session: cookie, browser }),
    identityRoutes(identities, flow, browser),
    factorRoutes(factors),
    passkeyRoutes(features.passkeys),
    trustedBrowserRoutes(features.trustedBrowsers),
    proofRoutes(proof, cookie),
    roleRoutes(features.roles),
    statisticsRoutes(features.statistics),
    installationRoutes(
      createInstallation({
        ...{ config, version, database, outbox, signingKeys },
        ...{ ready, messages: features.messages, findUser: users.findUser },
      }),
    ),
    groupRoutes(groups, pages),
    scimRoutes(features.scim),
    scimConnectionRoutes(features.scim, pages),
    eventRoutes(features.events, features.eventWaiting, UserInEventShape),
    statusRoutes(features.status),
    webhookRoutes(features.webhooks, userEventTypes, pages),
    deliveryRoutes(features.deliveries, pages),
    jobRoutes(features.jobs, userFilters, pages),
    auditRoutes({ list: (...query) => signIn.settled().then(() => audit.list(...query)) }, pages),
    accountRoutes({
      account,
      setup,
      userData: features.userData,
      shapes: {
        user: UserShape,
        apiKey: ApiKeyShape,
        identity: IdentityShape,
        connection: ConnectionShape,
        factors: FactorsShape,
        trustedBrowser: TrustedBrowserShape,
        auditEvent: AuditEventShape,
      },
    }),
    emailSignInRoutes({ account, cookie: emailCookie }),
    brandFiles(config),
    linkPages(config, setup.isDone),
    uiPages(config, version, setup.isDone),
  ]
}
