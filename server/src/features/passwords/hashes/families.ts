/** The prefixes and patterns of the families of password hashes. The first row that matches decides. */
import { readArgon2 } from './argon2.ts'
import { readAspnetV2, readAspnetV3, readAtlassian } from './aspnet.ts'
import { readAuth0 } from './auth0.ts'
import {
  readBcrypt,
  readDjangoBcrypt,
  readDjangoBcryptSha256,
  readPasslibBcryptSha256,
  readWordpressBcrypt,
} from './bcrypt.ts'
import { readColonDigest, readMagento } from './colon-digests.ts'
import { readNamedDigest, readSaltedDigest, readStatedDigest } from './digests.ts'
import { readClerkFirebase, readFirebaseJson, readFirebaseScrypt, readFirescrypt } from './firebase.ts'
import { readKeycloak } from './keycloak.ts'
import { ldapSchemes, readLdap } from './ldap.ts'
import { longestHash } from './limits.ts'
import { readMd5Crypt } from './md5-crypt.ts'
import {
  readMediawikiArgon2,
  readMediawikiBcrypt,
  readMediawikiMd5,
  readMediawikiPbkdf2,
} from './mediawiki.ts'
import {
  readDirectoryServerPbkdf2,
  readDjangoPbkdf2,
  readLdapPbkdf2,
  readMattermostPbkdf2,
  readPbkdf2,
  readWerkzeugPbkdf2,
} from './pbkdf2.ts'
import { readDrupal, readDrupalUpgraded, readPhpass } from './phpass.ts'
import { type Reader, type Reading, type Refusal, unsupported, withoutScheme } from './reading.ts'
import { readBetterAuth, readDjangoScrypt, readScrypt, readWerkzeugScrypt } from './scrypt.ts'
import { readShaCrypt } from './sha-crypt.ts'
import {
  afterBraces,
  readSpringDigest,
  readSpringPbkdf2,
  readSpringScrypt,
  readSpringSha256,
} from './spring.ts'
import { inBase64, inHexadecimal, readInBase64, readInHexadecimal, readPrefixed } from './wrapped.ts'

type Family = readonly [name: string, shape: RegExp, read: Reader]

/** Families that are recognised but refused: too weak, too rare, or keyed with a secret that is stored elsewhere. */
const strangers: [name: string, shape: RegExp][] = [
  ['bsdi-crypt', /^_[./0-9A-Za-z]{19}$/],
  ['des-crypt', /^[./0-9A-Za-z]{13}$/],
  ['django-unusable-password', /^!/],
  ['gost-yescrypt', /^\$gy\$/],
  ['hmac-keyed', /^\$hmac-/],
  ['mediawiki-layered', /^:pbkdf2-legacy[AB]:/],
  ['kratos-crypt-spelling', /^\$(md5|sha256|sha512)-crypt\$/],
  ['kratos-raw-digest', /^\$(md5|sha\w*)\$/],
  ['md5-salted-passwap', /^\$md5salted-/],
  ['mysql41', /^\*[0-9A-F]{40}$/],
  ['noop', /^\{(noop|cleartext|plain)\}/i],
  ['nthash', /^(\$3\$|ipaNTHash:|\{(x-)?nthash\})/i],
  // Ory Kratos uses these names for SHA-3; the length of the digest differs from that of SHA-2.
  ['pbkdf2-sha3-kratos-quirk', /^\$pbkdf2-(sha224\$i=\d+,l=(?!28\$)|sha384\$i=\d+,l=(?!48\$))/],
  ['scrypt-crypt', /^\$7\$/],
  ['supertokens-firebase', /^\$f_scrypt\$/],
  ['yescrypt', /^\$y\$/],
]

/** Bare digests: their text does not show how salt and password were combined. */
const bareDigests: [name: string, shape: RegExp][] = [
  ['hex-md5 or nthash', /^[0-9a-f]{32}$/i],
  ['hex-sha1', /^[0-9a-f]{40}$/i],
  ['hex-sha224', /^[0-9a-f]{56}$/i],
  ['hex-sha256', /^[0-9a-f]{64}$/i],
  ['hex-sha384', /^[0-9a-f]{96}$/i],
  ['hex-sha512', /^[0-9a-f]{128}$/i],
  ['hex-digest', /^(?:[0-9a-f]{2}){16,512}$/i],
]

/** The same in base 64. Generated passwords look like them, so only a text that another system stored is recognised. */
const bareBase64: [name: string, shape: RegExp][] = [
  ['base64-md5', /^[A-Za-z0-9+/]{22}==$/],
  ['base64-sha1', /^[A-Za-z0-9+/]{27}=$/],
  ['base64-sha256', /^[A-Za-z0-9+/]{43}=$/],
  ['base64-sha512', /^[A-Za-z0-9+/]{86}==$/],
]

const unknownScheme = /^\{(x-\w+|ldap|(bcrypt|argon2|pbkdf2|scrypt|ss?ha|s?md5)[\w-]*(@[\w.]+)?)\}/i

const families: Family[] = [
  ...strangers.map(([name, shape]): Family => [name, shape, () => unsupported(name)]),

  ...bareDigests.map(([name, shape]): Family => [name, shape, () => withoutScheme(name)]),

  ['argon2id', /^\$argon2id\$/, readArgon2],
  ['argon2i', /^\$argon2i\$/, readArgon2],
  ['argon2d', /^\$argon2d\$/, readArgon2],
  ['django-argon2', /^argon2\$\$?argon2/, (encoded) => readArgon2(encoded.slice('argon2'.length))],
  ['ldap-argon2', /^\{argon2(id?)?\}/i, (encoded) => readArgon2(afterBraces(encoded))],
  ['spring-argon2', /^\{argon2@[\w.]+\}/i, (encoded) => readArgon2(afterBraces(encoded))],

  ['bcrypt', /^\$2[abxy]\$/, readBcrypt],
  ['django-bcrypt', /^bcrypt\$/, readDjangoBcrypt],
  ['django-bcrypt-sha256', /^bcrypt_sha256\$/, readDjangoBcryptSha256],
  ['bcrypt-sha256-passlib', /^\$bcrypt-sha256\$/, readPasslibBcryptSha256],
  ['spring-bcrypt', /^\{bcrypt\}/i, (encoded) => readBcrypt(afterBraces(encoded))],
  ['wordpress-bcrypt', /^\$wp\$2/, readWordpressBcrypt],

  ['mattermost-pbkdf2', /^\$pbkdf2\$f=SHA\d+,/, readMattermostPbkdf2],
  ['pbkdf2-sha1', /^\$pbkdf2(-sha1)?\$/, readPbkdf2],
  ['pbkdf2-sha224', /^\$pbkdf2-sha224\$/, readPbkdf2],
  ['pbkdf2-sha256', /^\$pbkdf2-sha256\$/, readPbkdf2],
  ['pbkdf2-sha384', /^\$pbkdf2-sha384\$/, readPbkdf2],
  ['pbkdf2-sha512', /^\$pbkdf2-sha512\$/, readPbkdf2],
  ['django-pbkdf2', /^pbkdf2_sha/, readDjangoPbkdf2],
  ['spring-pbkdf2', /^\{pbkdf2(@SpringSecurity_v5_8)?\}[\w+/=]+$/i, readSpringPbkdf2],
  ['atlassian-pkcs5s2', /^\{PKCS5S2\}/i, readAtlassian],
  ['ldap-pbkdf2', /^\{pbkdf2(-sha\d+)?\}/i, readLdapPbkdf2],
  ['ldap-pbkdf2', /^\{pbkdf2_sha256\}/i, readDirectoryServerPbkdf2],
  ['werkzeug', /^pbkdf2:/, readWerkzeugPbkdf2],
  ['aspnet-identity-v2', /^A[A-P][A-Za-z0-9+/]{64,}={0,2}$/, readAspnetV2],
  ['aspnet-identity-v3', /^AQAAAA[A-Za-z0-9+/]+={0,2}$/, readAspnetV3],

  ['scrypt', /^\$scrypt\$/, readScrypt],
  ['django-scrypt', /^scrypt\$/, readDjangoScrypt],
  ['werkzeug', /^scrypt:/, readWerkzeugScrypt],
  ['spring-scrypt', /^(\{scrypt(@\w+)?\})?\$[0-9a-f]{5,7}\$[\w+/]{16,}/i, readSpringScrypt],
  ['better-auth', /^(s2:)?[0-9a-f]{32}:[0-9a-f]{128}$/i, readBetterAuth],
  ['magento', /^([0-9a-f]{32}|[0-9a-f]{64}):[^\s:]{1,128}(:(0|1|2|3_\d+_\d+_\d+))+$/i, readMagento],
  [
    'digest-with-salt',
    /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}):[^\s:]{1,128}$/i,
    readColonDigest,
  ],
  ['firebase-scrypt', /^\$fbscrypt\$/, readFirebaseScrypt],
  ['firebase-scrypt', /^\$firescrypt\$/, readFirescrypt],
  ['firebase-scrypt', /^([\w+/-]+={0,2}\$){4}\d+\$\d+$/, readClerkFirebase],
  ['firebase-scrypt', /^\{.*"hashConfig"/s, readFirebaseJson],

  ['mediawiki-md5', /^:(A|B:[^:]{1,32}):[0-9a-f]{32}$/i, readMediawikiMd5],
  ['mediawiki-pbkdf2', /^:pbkdf2:sha/, readMediawikiPbkdf2],
  ['mediawiki-argon2', /^:argon2:\$/, readMediawikiArgon2],
  ['mediawiki-bcrypt', /^:bcrypt:\d\d\$/, readMediawikiBcrypt],
  ['prefixed', /^\$prefixed\$/, (encoded) => readPrefixed(readHash)(encoded)],
  ['hash in hexadecimal', inHexadecimal, (encoded) => readInHexadecimal(readHash)(encoded)],
  ['hash in base 64', inBase64, (encoded) => readInBase64(readHash)(encoded)],

  ['nextcloud', /^[123]\|\$/, (encoded) => readHash(encoded.slice('1|'.length))],
  ['phpass', /^\$[PH]\$/, readPhpass],
  ['drupal7', /^\$S\$/, readDrupal],
  ['drupal7', /^U\$[SPH]\$/, readDrupalUpgraded],
  ['md5-crypt', /^\$1\$/, readMd5Crypt],
  ['apr1-md5-crypt', /^\$apr1\$/, readMd5Crypt],
  ['sha256-crypt', /^\$5\$/, readShaCrypt],
  ['sha512-crypt', /^\$6\$/, readShaCrypt],
  ['dovecot-crypt', /^\{(blf|md5|sha256|sha512)-crypt\}\$/i, (encoded) => readHash(afterBraces(encoded))],
  ['ldap-crypt', /^\{crypt\}(?!\{)/i, (encoded) => readHash(encoded.slice('{crypt}'.length))],
  ['django-salted-md5', /^md5\$/, readSaltedDigest],
  ['django-salted-sha1', /^sha1\$/, readSaltedDigest],
  ['werkzeug', /^sha(224|256|384|512)\$/, readSaltedDigest],
  ['digest', /^\$digest\$/, readStatedDigest],
  ['named-digest', /^(md5|sha-?(1|224|256|384|512)):[0-9a-f]{32,128}$/i, readNamedDigest],
  ['spring-digest', /^\{(md5|sha-1|sha-256)\}(\{[^{}]*\})?[0-9a-f]{32,64}$/i, readSpringDigest],
  ['spring-sha256', /^\{sha256\}[0-9a-f]{80}$/i, readSpringSha256],
  ['spring-ldap', /^\{ldap\}(?!\{ldap)/i, (encoded) => readHash(afterBraces(encoded))],
  ...ldapSchemes.map((scheme): Family => [`ldap-${scheme}`, RegExp(`^\\{${scheme}\\}`, 'i'), readLdap]),

  ['keycloak-argon2', /^\{(?=.*"secretData").*algorithm\W{3,9}argon2\b/s, readKeycloak],
  ['keycloak-pbkdf2', /^\{(?=.*"secretData").*algorithm\W{3,9}pbkdf2\b/s, readKeycloak],
  ['keycloak', /^\{.*"secretData"/s, readKeycloak],
  ['auth0-custom-hash', /^\{(?=.*"hash").*"algorithm"/s, readAuth0],

  // Last, so that an unknown scheme of an LDAP server is recognised as a hash and refused.
  ['unknown scheme in braces', unknownScheme, () => unsupported('unknown scheme in braces')],
  ...bareBase64.map(([name, shape]): Family => [name, shape, () => withoutScheme(name)]),
]

const unknown: Refusal = {
  code: 'unsupported_hash',
  detail: 'This is not a password hash of a known family.',
}

/** The name of the family, also of a refused one; undefined when the text is not a known hash. */
export function hashFamily(encoded: string): string | undefined {
  return findFamily(encoded)?.[0]
}

/** These patterns also match passwords that people choose. */
const ambiguousFamilies = new Set([
  'bsdi-crypt',
  'des-crypt',
  'django-unusable-password',
  ...bareBase64.map(([name]) => name),
])
const bareFamilies: ReadonlySet<string> = new Set([...bareDigests, ...bareBase64].map(([name]) => name))
/** Without a column name that says so, these may not be password hashes. */
const needAName: ReadonlySet<string> = new Set([...bareFamilies, ...ambiguousFamilies, 'digest-with-salt'])

/** Whether the text is a password hash of any known family, accepted or refused. */
export function looksLikeHash(text: string): boolean {
  const family = hashFamily(text)
  return family !== undefined && !ambiguousFamilies.has(family)
}

/** A digest in hexadecimal or base 64 inside a longer text: `1000:c2FsdA==:…`, `salt$5f4dcc3b…`. */
function holdsDigest(text: string): boolean {
  const parts = text.split(/[:$|#,;]/)
  const isDigest = (part: string) =>
    /^(?:[0-9a-f]{2}){16,}$/i.test(part) ||
    (/^[\w+/-]{24,}={0,2}$/.test(part) && /\d/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part))
  return parts.length > 1 && !/\s/.test(text) && parts.some(isDigest)
}

/**
 * The same for a text that another system stored as a password: also digests in base 64, and digests inside a longer
 * text.
 */
export function looksLikeStoredHash(text: string): boolean {
  const family = hashFamily(text)
  if (family === undefined) return holdsDigest(text)
  return family !== undefined && (bareFamilies.has(family) || !ambiguousFamilies.has(family))
}

/** Whether the text names its scheme, so that it is a hash in any column. */
export function namesItsScheme(text: string): boolean {
  const family = hashFamily(text)
  return family !== undefined && !needAName.has(family)
}

/** Parses a hash of any family. */
export function readHash(encoded: string): Reading {
  const family = findFamily(encoded)
  return family === undefined ? unknown : family[2](encoded)
}

function findFamily(encoded: string): Family | undefined {
  return encoded.length > longestHash ? undefined : families.find(([, shape]) => shape.test(encoded))
}
