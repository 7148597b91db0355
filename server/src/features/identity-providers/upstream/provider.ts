/** Another identity provider, with whose accounts users can sign in. */
import type { Selectable } from 'kysely'
import { now } from '../../../clock.ts'
import type { IdentityProvidersTable } from '../../../database/schema/schema.ts'
import { fromJsonText, jsonText } from '../../../encoding/json-text.ts'

/** `oidc`: any issuer with discovery. `github`: OAuth 2 without ID tokens. The others are presets of `oidc`. */
export const providerKinds = [
  'oidc',
  'google',
  'microsoft',
  'apple',
  'gitlab',
  'github',
] as const satisfies readonly ProviderRow['kind'][]
export type ProviderKind = ProviderRow['kind']

/** Who gets a new account through the provider: no one (`off`), every user (`open`), or owners of an address in `domains`. */
export const signUpRules = ['off', 'open', 'domains'] as const satisfies readonly ProviderRow['sign_up'][]
export type SignUpRule = ProviderRow['sign_up']

/** Users have the role while the claim of the provider has the value. */
export type RoleRule = { claim: string; value: string; role: string }

export type ProviderFields = {
  name: string
  issuer: string
  client_id: string
  team_id: string | null
  key_id: string | null
  scopes: string[]
  domains: string[]
  sign_up: SignUpRule
  role_rules: RoleRule[]
  enabled: boolean
}

/** The type in answers, without the secret. */
export type Provider = ProviderFields & {
  id: string
  kind: ProviderKind
  has_client_secret: boolean
  created_at: string
  updated_at: string
}

export type ProviderRow = Selectable<IdentityProvidersTable>

type Preset = Pick<ProviderFields, 'name' | 'scopes'> & { issuer?: string }

const openid = ['openid', 'profile', 'email']

export const presets: Readonly<Record<ProviderKind, Preset>> = {
  oidc: { name: 'Single sign-on', scopes: openid },
  google: { name: 'Google', issuer: 'https://accounts.google.com', scopes: openid },
  // The issuer contains the tenant: https://login.microsoftonline.com/<tenant id>/v2.0
  microsoft: { name: 'Microsoft', scopes: openid },
  apple: { name: 'Apple', issuer: 'https://appleid.apple.com', scopes: ['openid', 'name', 'email'] },
  gitlab: { name: 'GitLab', issuer: 'https://gitlab.com', scopes: openid },
  github: { name: 'GitHub', issuer: 'https://github.com', scopes: ['read:user', 'user:email'] },
}

/** The default values of the fields. */
export function defaultsOf(kind: ProviderKind): Omit<ProviderFields, 'client_id'> {
  const { name, issuer = '', scopes } = presets[kind]
  return {
    name,
    issuer,
    scopes: [...scopes],
    team_id: null,
    key_id: null,
    domains: [],
    sign_up: 'off',
    role_rules: [],
    enabled: true,
  }
}

/** The canonical form of an issuer, by which identities are compared. A text that is not a URL stays unchanged. */
export function canonicalIssuer(text: string): string {
  if (!URL.canParse(text)) return text
  const { href, pathname, search, hash } = new URL(text)
  return pathname === '/' && search === '' && hash === '' ? href.slice(0, -1) : href
}

export function providerOf(row: ProviderRow): Provider {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    issuer: row.issuer,
    client_id: row.client_id,
    has_client_secret: row.client_secret !== null,
    team_id: row.team_id,
    key_id: row.key_id,
    scopes: fromJsonText(row.scopes),
    domains: fromJsonText(row.domains),
    sign_up: row.sign_up,
    role_rules: fromJsonText(row.role_rules),
    enabled: row.enabled_at !== null,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}

export function rowOf(
  fixed: Pick<ProviderRow, 'id' | 'kind' | 'version' | 'created_at' | 'client_secret' | 'enabled_at'>,
  fields: ProviderFields,
): ProviderRow {
  const at = now()
  return {
    ...fixed,
    name: fields.name,
    issuer: fields.issuer,
    client_id: fields.client_id,
    team_id: fields.team_id,
    key_id: fields.key_id,
    scopes: jsonText(fields.scopes),
    domains: jsonText(fields.domains),
    sign_up: fields.sign_up,
    role_rules: jsonText(fields.role_rules),
    enabled_at: fields.enabled ? (fixed.enabled_at ?? at) : null,
    updated_at: at,
  }
}
