/** Keycloak: realm exports, partial imports, the user files of `kc.sh export --dir`, and lists of the Admin API. */
import { isJsonObject } from '../../../encoding/json-object.ts'
import type { ImportedUser } from '../imported-user.ts'
import {
  type Fields,
  fieldsWithin,
  ignore,
  note,
  put,
  seeObjects,
  take,
  takeFlag,
  takeInstant,
  takeList,
  takeObject,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from './fields.ts'
import { createFormat } from './format.ts'
import { identitiesOf } from './identities.ts'
import { hasAll, hasAny } from './outline.ts'
import type { Members } from './source-record.ts'
import { totpSecretOfKeycloak } from './totp-secrets.ts'

export type KeycloakCredential = (credential: { secretData: unknown; credentialData: unknown }) => string

/** Roles that every realm gives by default. */
const defaultRole = /^(default-roles-.*|offline_access|uma_authorization)$/

const factors = new Map([
  ['otp', 'the one-time password factor is'],
  ['totp', 'the one-time password factor is'],
  ['hotp', 'the one-time password factor is'],
  ['webauthn', 'the security key is'],
  ['webauthn-passwordless', 'the passkey is'],
  ['recovery-authn-codes', 'the recovery codes are'],
  ['password-history', 'the history of passwords is'],
])

type Secrets = Pick<ImportedUser, 'password' | 'password_hash' | 'totp_secret'>

function secretsOf(fields: Fields, encode: KeycloakCredential): Secrets {
  let secrets: Secrets = {}
  for (const credential of takeList(fields, 'credentials')) {
    if (!isJsonObject(credential)) continue
    // Realms written by hand may not have the type.
    const type = String(credential['type'] ?? 'password')
    const totp_secret = type === 'otp' || type === 'totp' ? totpSecretOfKeycloak(credential) : undefined
    if (totp_secret !== undefined) secrets = { ...secrets, totp_secret }
    else if (type !== 'password') note(fields, factors.get(type) ?? `the credential of type ${type} is`)
    else secrets = { ...secrets, ...secretOf(fieldsWithin(fields, credential), encode) }
  }
  return secrets
}

function secretOf(credential: Fields, encode: KeycloakCredential): Secrets | undefined {
  const { members } = credential
  if (takeFlag(credential, 'temporary')) note(credential, 'that the password is temporary is')
  const secretData = take(credential, 'secretData')
  const credentialData = take(credential, 'credentialData')
  if (secretData && credentialData) return { password_hash: encode({ secretData, credentialData }) }
  if (members['hashedSaltedValue']) return { password_hash: encode(currentForm(members)) }
  const password = takeText(credential, 'value')
  return password === undefined ? undefined : { password }
}

/** Converts a credential of Keycloak before version 8 to the current form. */
function currentForm({ hashedSaltedValue, salt, hashIterations, algorithm }: Members) {
  return {
    secretData: { value: hashedSaltedValue, salt, additionalParameters: {} },
    credentialData: { hashIterations, algorithm: algorithm ?? 'pbkdf2', additionalParameters: {} },
  }
}

/** Attributes are lists; a list with one element becomes that element. */
function attributesOf(fields: Fields): Members {
  const attributes: Members = {}
  for (const [name, value] of Object.entries(takeObject(fields, 'attributes') ?? {})) {
    put(attributes, name, Array.isArray(value) && value.length === 1 ? value[0] : value)
  }
  return attributes
}

function rolesOf(fields: Fields): string[] | undefined {
  const roles = takeList(fields, 'realmRoles').filter(
    (role): role is string => typeof role === 'string' && !defaultRole.test(role),
  )
  return roles.length > 0 ? roles : undefined
}

/** Paths of groups such as `/Engineering/Backend`. The path below the realm becomes the name; groups are not nested. */
function groupsOf(fields: Fields): string[] | undefined {
  if (!Array.isArray(fields.members['groups'])) return undefined
  const names = takeList(fields, 'groups').flatMap((path) =>
    typeof path === 'string' ? [path.replace(/^\/+/, '')] : [],
  )
  const groups = names.filter((name) => name !== '')
  return groups.length > 0 ? groups : undefined
}

function userReader(encode: KeycloakCredential) {
  return (fields: Fields): ImportedUser | { skipped: string } => {
    const client = takeText(fields, 'serviceAccountClientId', 'serviceAccountLink')
    if (client !== undefined) return { skipped: `the service account of ${client}, not a person` }
    if (String(fields.members['id']).startsWith('f:')) return { skipped: 'a user of another user store' }
    if (fields.members['realm'] !== undefined) return { skipped: 'a realm without users' }
    const username = takeWord(fields, 'username')
    const email = takeWord(fields, 'email')
    const parts = {
      email,
      email_verified: takeFlag(fields, 'emailVerified'),
      first_name: takeWord(fields, 'firstName'),
      last_name: takeWord(fields, 'lastName'),
      status: takeFlag(fields, 'enabled') === false ? ('disabled' as const) : ('active' as const),
      roles: rolesOf(fields),
      groups: groupsOf(fields),
      external_id: takeWord(fields, 'id'),
      created_at: takeInstant(fields, 'createdTimestamp'),
      ...secretsOf(fields, encode),
    }
    const identities = identitiesOf(
      fields,
      seeObjects(fields, 'federatedIdentities').map(({ identityProvider, userId }) => ({
        provider: identityProvider,
        subject: userId,
      })),
    )
    ignore(fields, 'totp', 'disableableCredentialTypes', 'notBefore', 'access', 'self', 'origin')
    ignore(fields, 'userProfileMetadata', 'credentialsMetadata')
    const attributes = attributesOf(fields)
    const metadata = takeRest(fields)
    put(metadata, 'attributes', attributes)
    return userOfParts(fields, {
      username: usernameOf(username, email, metadata),
      ...{ ...parts, identities, metadata },
    })
  }
}

export function createKeycloak(encode: KeycloakCredential) {
  return createFormat({
    name: 'keycloak',
    lists: ['users', 'federatedUsers'],
    nested: true,
    likeness({ names, around, deep }) {
      const ofRealm = ['users', 'roles', 'clients', 'sslRequired', 'keycloakVersion', 'defaultRoles']
      if (around.has('realm') && hasAny(around, ...ofRealm)) return 0.95
      // A list of realms, as in an export of all realms.
      if (names.has('realm') && hasAny(names, ...ofRealm)) return 0.95
      if (hasAll(around, 'users') && hasAny(around, 'ifResourceExists', 'policy')) return 0.95
      const ofUser = ['createdTimestamp', 'realmRoles', 'disableableCredentialTypes', 'requiredActions']
      const hasCredentials =
        names.has('credentials') && hasAny(deep, 'secretData', 'hashedSaltedValue', 'value', 'temporary')
      return names.has('username') && (hasCredentials || hasAny(names, ...ofUser, 'emailVerified')) ? 0.85 : 0
    },
    userReader: () => userReader(encode),
  })
}
