/** The import formats. The encoders of password hashes are passed in, because a feature imports no other feature. */
import type { ImportFormat } from '../imported-user.ts'
import { type Auth0CustomHash, createAuth0 } from './auth0.ts'
import { createClerk } from './clerk.ts'
import { cognito } from './cognito.ts'
import { csv } from './csv.ts'
import { createFirebase, type FirebaseScrypt } from './firebase.ts'
import { createKeycloak, type KeycloakCredential } from './keycloak.ts'
import type { PrefixedHash } from './named-schemes.ts'
import { createOkta } from './okta.ts'
import { type HashShape, quickShape, type StatedDigest } from './password-shape.ts'
import { json, sql } from './records.ts'
import { roster } from './roster.ts'
import { scim } from './scim.ts'
import { supabase } from './supabase.ts'
import { django } from './systems/django.ts'
import { drupal } from './systems/drupal.ts'
import { createForums } from './systems/forums.ts'
import { frameworks } from './systems/frameworks.ts'
import { fusionauth } from './systems/fusionauth.ts'
import { ldif } from './systems/ldif.ts'
import { nestedExports } from './systems/nested-exports.ts'
import { passwordFiles } from './systems/password-files.ts'
import { createWordpress } from './systems/wordpress.ts'

export { headLength } from './format.ts'

/** The functions of the password feature about hashes. */
export type HashKnowledge = {
  looksLikeHash: HashShape
  /** Like `looksLikeHash`, for a text in a column of passwords, where a digest in base 64 is a hash too. */
  looksLikeStoredHash: HashShape
  /** Whether the text of a hash names its scheme. */
  namesItsScheme: HashShape
  keycloakCredential: KeycloakCredential
  auth0CustomHash: Auth0CustomHash
  firebaseScrypt: FirebaseScrypt
  statedDigest: StatedDigest
  prefixedHash: PrefixedHash
  isDigestScheme(text: string): boolean
}

export type Detection = {
  format: ImportFormat
  confidence: number
  /** Why it is this format. */
  sign: string
  /** Another format that is equally likely; then neither may be chosen. */
  rival: ImportFormat | undefined
}

/** Two formats with a smaller difference of scores cannot be distinguished. */
const near = 0.05

export type Formats = {
  formats: readonly ImportFormat[]
  /** The most likely format of a file that starts with `head` (64 KiB are enough); undefined if it matches none. */
  detectFormat(head: string): Detection | undefined
  formatNamed(name: string): ImportFormat | undefined
  /** Whether a text is a scheme of digests, such as `sha256:salt+password`. */
  isHashScheme(text: string): boolean
}

export function createFormats({
  looksLikeHash,
  looksLikeStoredHash,
  namesItsScheme,
  keycloakCredential,
  auth0CustomHash,
  firebaseScrypt,
  statedDigest,
  prefixedHash,
  isDigestScheme,
}: HashKnowledge): Formats {
  const described = [
    roster,
    csv,
    createKeycloak(keycloakCredential),
    createAuth0(auth0CustomHash),
    createFirebase(firebaseScrypt),
    supabase,
    cognito,
    createClerk(auth0CustomHash),
    createOkta(auth0CustomHash),
    scim,
    django,
    createWordpress(statedDigest),
    ...frameworks,
    ...createForums(statedDigest),
    drupal,
    fusionauth,
    ldif,
    ...passwordFiles,
    ...nestedExports,
    json,
    sql,
  ]
  const shapes = {
    looksLikeHash: quickShape(looksLikeHash),
    looksLikeStoredHash: quickShape(looksLikeStoredHash),
    namesItsScheme: quickShape(namesItsScheme),
  }
  const formats = described.map(
    (format): ImportFormat => ({
      ...format,
      read: (input, options) => format.read(input, { ...options, ...shapes, statedDigest, prefixedHash }),
    }),
  )
  return {
    formats,
    detectFormat(head) {
      const all = formats.map((format) => ({ format, ...format.detect(head) }))
      const [best, second] = all.sort((one, other) => other.confidence - one.confidence)
      if (!best || best.confidence === 0) return undefined
      const isNear =
        second !== undefined && second.confidence > 0 && best.confidence - second.confidence < near - 1e-9
      return { ...best, rival: isNear ? second.format : undefined }
    },
    isHashScheme: isDigestScheme,
    formatNamed: (name) => formats.find((format) => format.name === name),
  }
}
