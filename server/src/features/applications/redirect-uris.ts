/** The rules for redirect URIs of an application (RFC 8252 §7, RFC 9700 §4.1). Requests are compared with them exactly. */
import type { Fault } from '../../errors.ts'
import type { ApplicationKind } from './application.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** The fault of each URI; `pointer` is that of the list. */
export function redirectUriFaults(kind: ApplicationKind, uris: readonly string[], pointer: string): Fault[] {
  return uris.flatMap((uri, index) => {
    const detail = faultOf(kind, uri)
    return detail === null ? [] : [{ pointer: `${pointer}/${index}`, code: 'invalid_redirect_uri', detail }]
  })
}

/** OpenID Connect Back-Channel Logout 1.0 §2.2. */
export function logoutUriFaults(
  kind: ApplicationKind,
  uri: string,
  refusalOf: (url: string) => 'url_not_allowed' | 'address_not_allowed' | null,
): Fault[] {
  const fault = (code: string, detail: string) => [{ pointer: '/backchannel_logout_uri', code, detail }]
  if (kind === 'machine')
    return fault('not_allowed', 'A machine application signs no users in, so it gets no logout tokens.')
  if (!URL.canParse(uri) || /[\s\\#]/.test(uri))
    return fault('invalid_uri', 'Must be an absolute URI without blanks or a fragment.')
  const refusal = refusalOf(uri)
  if (refusal === 'address_not_allowed')
    return fault('invalid_uri', 'This address is not public. ROSTER_OUTGOING_NETWORKS can allow its network.')
  return refusal === null ? [] : fault('invalid_uri', 'Must be https and carry no credentials.')
}

function faultOf(kind: ApplicationKind, uri: string): string | null {
  if (!URL.canParse(uri) || /[\s\\*]/.test(uri)) return 'Must be an absolute URI without blanks or wildcards.'
  const { protocol, hostname, hash, username, password } = new URL(uri)
  if (hash !== '' || uri.endsWith('#')) return 'Must not have a fragment.'
  if (username !== '' || password !== '') return 'Must not carry credentials.'
  if (protocol === 'https:') return null
  if (protocol === 'http:')
    return loopback.has(hostname)
      ? null
      : 'Must be https, unless the host is localhost or a loopback address.'
  if (kind !== 'native') return 'Must be https.'
  // RFC 8252 §7.1: a reversed domain name, so that no other application uses the scheme by chance.
  return protocol.includes('.')
    ? null
    : 'A private scheme must be a reversed domain name such as com.example.app.'
}
