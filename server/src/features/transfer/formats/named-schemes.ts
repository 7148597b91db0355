/** Finds the scheme of a digest from another column of its record, or from the combination of columns. */
import type { ImportedUser } from '../imported-user.ts'
import type { StatedDigest } from './password-shape.ts'
import type { Members } from './source-record.ts'

export type PrefixedHash = (prefix: string, hash: string) => string

/** Names of columns with the algorithm of the hash. */
const algorithmColumn =
  /^(pass(word|wd)?|pw|pwd|hash|encryption|digest|cipher)s?[ _-]?(hash(ing)?|encryption|digest)?[ _-]?(algo(rithm)?|method|function|scheme|type|hasher|format)\b|^(algo(rithm)?|hasher|hashing_?algorithm)$/i

/** The values of such a column: `SHA-1`, `Bcrypt`, `pbkdf2$50000$50`. */
const algorithmName = /^(md5|sha-?\d*|bcrypt|argon2\w*|scrypt|pbkdf2|crypt|phpass|plain)[\w$.:-]*$/i

const bareDigest = /^[0-9a-f]{32,256}$/i
const saltColumn = /^(pass(word|wd)?_?|pw_?|user_?|hash_?)?salt$/i

/** Systems whose digests are recognised by their columns. */
const ofColumns: { columns: string[]; scheme: string }[] = [
  { columns: ['userid', 'usergroupid', 'passworddate', 'salt'], scheme: 'md5:md5(password)+salt' },
  { columns: ['uid', 'usergroup', 'loginkey', 'salt'], scheme: 'md5:md5(salt)+md5(password)' },
  {
    columns: ['customer_group_id', 'newsletter', 'salt'],
    scheme: 'sha1:salt+sha1(salt+sha1(password))',
  },
]

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

/** The short names of Gitea and Forgejo. */
const ofGitea: Record<string, string> = {
  pbkdf2: 'pbkdf2$10000$50',
  pbkdf2_v1: 'pbkdf2$10000$50',
  pbkdf2_v2: 'pbkdf2$50000$50',
  pbkdf2_hi: 'pbkdf2$320000$50',
  argon2: 'argon2$2$65536$8$50',
  scrypt: 'scrypt$65536$16$2$50',
}

/** Gitea and Forgejo store a digest in hexadecimal, and a salt as text of ten characters or in hexadecimal. */
function hashOfGitea(algorithm: string, salt: string, digest: string): string | undefined {
  const [kind, ...numbers] = (ofGitea[algorithm] ?? algorithm).split('$')
  const isHexadecimal = salt.length !== 10 && /^([0-9a-f]{2})+$/i.test(salt)
  const end = `${base64(Buffer.from(salt, isHexadecimal ? 'hex' : 'utf8'))}$${base64(Buffer.from(digest, 'hex'))}`
  const [one = 0, two, three] = numbers.map(Number)
  if (kind === 'pbkdf2' && numbers.length === 2) return `$pbkdf2-sha256$i=${one},l=${two}$${end}`
  if (kind === 'argon2' && numbers.length === 4) return `$argon2id$v=19$m=${two},t=${one},p=${three}$${end}`
  if (kind === 'scrypt' && numbers.length === 4 && one > 1)
    return `$scrypt$ln=${Math.log2(one)},r=${two},p=${three}$${end}`
  return undefined
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

/** Simple Machines Forum hashes the name in lower case before the password. */
function hashOfSmf(record: Members, hash: string, { statedDigest, prefixedHash }: Encoders) {
  const isSmf = ['member_name', 'passwd', 'password_salt'].every((name) => Object.hasOwn(record, name))
  if (!isSmf) return undefined
  const name = textOf(record['member_name']).toLowerCase()
  if (/^\$2[aby]\$/.test(hash)) return prefixedHash(name, hash)
  return /^[0-9a-f]{40}$/i.test(hash) ? statedDigest('sha1:salt+password', name, hash) : undefined
}

type Encoders = { statedDigest: StatedDigest; prefixedHash: PrefixedHash }

/**
 * The same user; a digest gets the scheme from its record, and the notes about the used columns are removed. `shown` has
 * the original headers of renamed columns.
 */
export function withNamedScheme(
  user: ImportedUser,
  members: Members,
  shown: ReadonlyMap<string, string>,
  encoders: Encoders,
): ImportedUser {
  const names = Object.keys(members)
  const algorithm = names.find(
    (name) => algorithmColumn.test(name) && algorithmName.test(textOf(members[name])),
  )
  const salt = names.find((name) => saltColumn.test(name))
  if (algorithm === undefined && salt === undefined) return user
  const { password_hash: hash, notes, ...others } = user
  const found = hash && schemeOf(hash, { members, shown, algorithm, salt }, encoders)
  const told = found === undefined ? [algorithm] : [algorithm, salt]
  const left = notes?.filter((note) => !told.some((name) => note.startsWith(`${name} is a secret`))) ?? []
  return {
    ...others,
    ...(hash !== undefined && { password_hash: found ?? hash }),
    ...(left.length > 0 && { notes: left }),
  }
}

type Columns = {
  members: Members
  shown: ReadonlyMap<string, string>
  /** The names of the columns with the algorithm and the salt. */
  algorithm: string | undefined
  salt: string | undefined
}

/** The hash with its scheme; undefined if the scheme is unknown. */
function schemeOf(
  hash: string,
  { members, shown, ...columns }: Columns,
  encoders: Encoders,
): string | undefined {
  const isBare = bareDigest.test(hash)
  if (!isBare && columns.salt === undefined) return undefined
  const record = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [shown.get(name) ?? name, value]),
  )
  const ofSmf = hashOfSmf(record, hash, encoders)
  if (ofSmf !== undefined || !isBare) return ofSmf
  const salt = textOf(members[columns.salt ?? ''])
  const known = ofColumns.find(({ columns: all }) => all.every((name) => Object.hasOwn(record, name)))
  if (known) return encoders.statedDigest(known.scheme, salt, hash)
  const algorithm = textOf(members[columns.algorithm ?? '']).toLowerCase()
  if (salt !== '') return hashOfGitea(algorithm, salt, hash)
  const isPlain = /^(md5|sha-?(1|224|256|384|512))$/.test(algorithm)
  return isPlain ? encoders.statedDigest(`${algorithm.replace('-', '')}:password`, '', hash) : undefined
}
