/** The groups of operations, in the order in which the reference shows them. */
import type { RoutePlan } from '../route-plan.ts'

const descriptions: Readonly<Record<string, string>> = {
  users: 'Accounts: create, search, change, delete and restore them.',
  auth: 'Sign-in, tokens, and the links that are sent by mail.',
  sessions: 'The browsers and devices where a user is signed in.',
  factors: 'Authenticator apps, passkeys, recovery codes and trusted browsers.',
  roles: 'Named sets of permissions.',
  groups: 'Groups of users, which may give roles to their members.',
  'api-keys': 'Keys for programs.',
  applications: 'Applications that sign users in through this service.',
  'openid-connect': 'Documents that applications read to use OpenID Connect.',
  'identity-providers': 'Other providers that users sign in with, such as Google or Entra ID.',
  identities: 'The accounts of a user at other providers.',
  audit: 'The log of events: who did what, and from where.',
  events: 'The feed of changes of users, for programs that keep a copy.',
  webhooks: 'URLs that receive the events.',
  jobs: 'One change to many users, in the background.',
  transfer: 'Import and export.',
  scim: 'The connections of directories that use SCIM, and their rules.',
  installation: 'The settings of the service, and whether its parts work.',
  statistics: 'The number of users, and the events of each day.',
  health: 'For load balancers and orchestrators.',
  about: 'Information about the service.',
}

/** @throws when a route has a tag without a description. */
export function tagsOf(plans: readonly RoutePlan[]): { name: string; description: string }[] {
  const used = new Set(plans.flatMap((plan) => plan.schema.tags ?? []))
  const known = Object.keys(descriptions)
  const unknown = [...used].find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`the tag ${unknown} has no description in tags.ts`)
  return known.filter((name) => used.has(name)).map((name) => ({ name, description: descriptions[name]! }))
}
