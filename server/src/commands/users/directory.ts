/** Reads the persons of an LDAP server, page by page, as LDIF. */
import { isIP } from 'node:net'
import type { Client, Entry } from 'ldapts'
import { AppError, thrown } from '../../errors.ts'
import { UsageError } from '../usage.ts'

export type Directory = {
  url: string
  /** The base of the search: `ou=people,dc=example,dc=com`. */
  base: string
  filter: string | undefined
  /** The account that reads; without it the search is anonymous. */
  bind: { dn: string; password: string } | undefined
}

const people = '(|(objectClass=person)(objectClass=inetOrgPerson)(objectClass=posixAccount))'
const entriesAtOnce = 500
const timeoutMs = 60_000

/** TLS errors for a certificate of an unknown authority. */
const untrusted: ReadonlySet<string> = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
])
const howToTrust =
  'Name the file (PEM) with the certificate of its authority in NODE_EXTRA_CA_CERTS, as in NODE_EXTRA_CA_CERTS=ca.pem roster users import …'

/** All attributes of persons, and operational attributes, which servers return only by name. */
const attributes = [
  ...['*', 'userPassword', 'entryUUID', 'nsUniqueId', 'ipaUniqueID', 'objectGUID', 'createTimestamp'],
  ...['pwdAccountLockedTime', 'nsAccountLock'],
]

/**
 * Writes nothing to the server. A password is never sent unencrypted: on `ldap://` the connection is first upgraded with
 * StartTLS, unless the server is on this machine.
 * @throws dependency_unavailable with the message of the server
 */
export async function* peopleOfDirectory({ url, base, filter, bind }: Directory): AsyncGenerator<Buffer> {
  const { Client } = await import('ldapts')
  const client = new Client({ url, timeout: timeoutMs, connectTimeout: timeoutMs })
  try {
    if (bind) await signIn(client, url, bind)
    const pages = client.searchPaginated(base, {
      scope: 'sub',
      filter: filter ?? people,
      attributes,
      explicitBufferAttributes: ['objectGUID', 'userPassword'],
      paged: { pageSize: entriesAtOnce },
    })
    for await (const { searchEntries } of pages) yield Buffer.from(searchEntries.map(ldifOf).join(''))
  } catch (error) {
    // Errors of servers have a name, and often no text.
    const said = error instanceof Error ? `${error.name}: ${error.message.trim()}` : String(error)
    const remedy = untrusted.has(thrown(error).code ?? '') ? `. ${howToTrust}` : ''
    throw new AppError('dependency_unavailable', { detail: `The directory cannot be read: ${said}${remedy}` })
  } finally {
    await client.unbind().catch(() => {})
  }
}

async function signIn(client: Client, url: string, { dn, password }: { dn: string; password: string }) {
  const { protocol, hostname } = new URL(url)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  if (protocol === 'ldap:' && !isHere) {
    const host = hostname.replace(/^\[|\]$/g, '')
    // The certificate must be valid for the host. A TLS server name cannot be an IP address (RFC 6066 §3).
    await client.startTLS({ host, ...(isIP(host) === 0 && { servername: host }) })
  }
  await client.bind(dn, password)
}

/** An entry in base 64, so that no value has to be escaped, and an empty line. */
function ldifOf({ dn, ...values }: Entry): string {
  const lines = Object.entries(values).flatMap(([name, value]) =>
    [value].flat().map((each) => line(...named(name, each))),
  )
  return `${[line('dn', dn), ...lines].join('\n')}\n\n`
}

/** Active Directory returns the id as bytes. */
function named(name: string, value: Buffer | string): [name: string, value: Buffer | string] {
  const isGuid = name.toLowerCase() === 'objectguid' && Buffer.isBuffer(value) && value.length === 16
  return isGuid ? ['entryUUID', uuidOf(value)] : [name, value]
}

const line = (name: string, value: Buffer | string): string =>
  `${name}:: ${(typeof value === 'string' ? Buffer.from(value) : value).toString('base64')}`

/** The first three parts are little-endian. */
function uuidOf(bytes: Buffer): string {
  const swapped = Buffer.concat([
    Buffer.from(bytes.subarray(0, 4)).reverse(),
    Buffer.from(bytes.subarray(4, 6)).reverse(),
    Buffer.from(bytes.subarray(6, 8)).reverse(),
    bytes.subarray(8),
  ]).toString('hex')
  return swapped.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The options of the command, checked. @throws UsageError */
export function directoryOf(
  url: string,
  { base, filter, bindDn, password }: Record<'base' | 'filter' | 'bindDn' | 'password', string | undefined>,
): Directory {
  if (!URL.canParse(url)) throw new UsageError(`${url} is no URL of a directory.`)
  if (base === undefined)
    throw new UsageError("Say where the people are: --base 'ou=people,dc=example,dc=com'.")
  if ((bindDn === undefined) !== (password === undefined))
    throw new UsageError(
      'Give --bind-dn together with --bind-password-stdin, and the password on standard input.',
    )
  const bind = bindDn === undefined || password === undefined ? undefined : { dn: bindDn, password }
  return { url, base, filter, bind }
}
