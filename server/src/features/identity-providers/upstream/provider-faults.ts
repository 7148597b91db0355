/** The faults of the fields of a provider. */
import { createPrivateKey } from 'node:crypto'
import type { Egress } from '../../../egress/egress.ts'
import type { Fault } from '../../../errors.ts'
import type { ProviderFields, ProviderKind } from './provider.ts'

const domainName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/
/** Tenants of Microsoft whose issuers mean several tenants. */
const sharedTenant = /^https:\/\/login\.microsoftonline\.com\/(?:common|organizations|consumers)(?:\/|$)/

/** @param secret the secret in plain text; null for none, undefined to keep the stored one */
export function providerFaults(
  kind: ProviderKind,
  fields: ProviderFields,
  secret: string | null | undefined,
  refusalOf: Egress['refusalOf'],
): Fault[] {
  const faults: Fault[] = []
  const add = (pointer: string, code: string, detail: string) => faults.push({ pointer, code, detail })
  const issuer = issuerFault(fields.issuer, refusalOf)
  if (issuer !== null) add('/issuer', fields.issuer === '' ? 'required' : 'invalid_issuer', issuer)
  else if (sharedTenant.test(fields.issuer))
    add('/issuer', 'invalid_issuer', 'Name one tenant: https://login.microsoftonline.com/<tenant id>/v2.0')
  for (const [index, domain] of fields.domains.entries())
    if (domain !== '*' && !domainName.test(domain))
      add(
        `/domains/${index}`,
        'invalid_domain',
        'Must be a domain name in lower-case ASCII, or * for all domains.',
      )
  if (fields.sign_up === 'domains' && fields.domains.length === 0)
    add('/domains', 'required', 'Name the domains whose users may sign up.')
  if (kind !== 'github' && !fields.scopes.includes('openid'))
    add('/scopes', 'required', 'The scope openid is needed.')
  if (kind === 'apple') faults.push(...appleFaults(fields, secret))
  else if (fields.team_id !== null || fields.key_id !== null)
    add(fields.team_id === null ? '/key_id' : '/team_id', 'not_allowed', 'Only Apple has it.')
  if (kind === 'github' && secret === null)
    add('/client_secret', 'required', 'GitHub needs the client secret of the OAuth app.')
  return faults
}

function appleFaults(fields: ProviderFields, secret: string | null | undefined): Fault[] {
  const faults: Fault[] = []
  for (const name of ['team_id', 'key_id'] as const)
    if (fields[name] === null)
      faults.push({ pointer: `/${name}`, code: 'required', detail: 'Apple needs it for the signed secret.' })
  if (secret === null || (secret !== undefined && !isEcKey(secret)))
    faults.push({
      pointer: '/client_secret',
      code: 'invalid_key',
      detail: 'Must be the private key of Apple, the content of its .p8 file.',
    })
  return faults
}

function isEcKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ec'
  } catch {
    return false
  }
}

function issuerFault(issuer: string, refusalOf: Egress['refusalOf']): string | null {
  if (issuer === '') return 'Give the issuer.'
  if (!URL.canParse(issuer) || !/^[\x21-\x7e]+$/.test(issuer)) return 'Must be a URL.'
  const { search, hash, username, password, pathname } = new URL(issuer)
  if (search !== '' || hash !== '' || username !== '' || password !== '')
    return 'Must have neither credentials nor a query nor a fragment.'
  if (pathname.includes('/.well-known/'))
    return 'Must be the issuer, not the address of its discovery document.'
  if (refusalOf(issuer) !== null)
    return 'Must begin with https:// and be a public address, unless ROSTER_OUTGOING_NETWORKS allows its network.'
  return null
}
