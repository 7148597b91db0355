/** Addresses that the service must not send requests to, in every way to write them. */
import { describeCases } from './table.ts'

const urls: Readonly<Record<string, readonly string[]>> = {
  'this machine': [
    ...['https://127.0.0.1/', 'https://127.255.255.254/', 'https://2130706433/', 'https://0x7f000001/'],
    ...['https://0177.0.0.1/', 'https://127.1/', 'https://0/', 'https://0.0.0.0/', 'https://①②⑦.⓪.⓪.①/'],
    ...['https://[::1]/', 'https://[::]/', 'https://[::127.0.0.1]/', 'https://[::ffff:127.0.0.1]/'],
    ...['https://[::ffff:7f00:1]/', 'https://[0:0:0:0:0:ffff:7f00:1]/', 'https://[64:ff9b::127.0.0.1]/'],
    ...['https://[2002:7f00:1::]/', 'http://127.0.0.1:8000/'],
    ...['https://localhost/', 'https://LocalHost.:8443/', 'https://app.localhost/'],
  ],
  'private networks': [
    ...['https://10.0.0.1/', 'https://10.255.255.255/', 'https://172.16.0.1/', 'https://172.31.255.255/'],
    ...[
      'https://192.168.0.1/',
      'https://192.168.255.255/',
      'https://100.64.0.1/',
      'https://100.127.255.254/',
    ],
    ...['https://[fc00::1]/', 'https://[fd00:ec2::254]/', 'https://[64:ff9b:1::a00:1]/'],
    ...['https://[::ffff:192.168.0.1]/', 'https://[2002:a00:1::]/'],
  ],
  'link-local addresses and metadata services': [
    ...['https://169.254.169.254/', 'https://0xa9fea9fe/', 'https://2852039166/', 'https://[fe80::1]/'],
    ...['https://[::ffff:a9fe:a9fe]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://192.0.0.192/'],
  ],
  'multicast, documentation, benchmarks and reserved addresses': [
    ...['https://224.0.0.1/', 'https://239.255.255.250/', 'https://240.0.0.1/', 'https://255.255.255.255/'],
    ...['https://192.0.2.1/', 'https://198.51.100.1/', 'https://203.0.113.1/', 'https://198.18.0.1/'],
    ...['https://192.88.99.1/', 'https://[ff02::1]/', 'https://[2001:db8::1]/', 'https://[2001::1]/'],
    ...['https://[3fff::1]/', 'https://[100::1]/', 'https://[5f00::1]/'],
  ],
  'other schemes, credentials, ports of other services and fragments': [
    ...['file:///etc/passwd', 'ftp://example.com/', 'gopher://example.com/', 'data:text/plain,x'],
    ...[
      'javascript:alert(1)',
      'ws://example.com/',
      'https://user:pass@example.com/',
      'https://user@10.0.0.1/',
    ],
    ...['https://example.com:22/', 'https://example.com:25/', 'https://example.com:5432/', 'https://'],
    ...['https://example.com/#x', 'https://example.com#@127.0.0.1/', 'http://example.com/', '//example.com/'],
  ],
}

const cases = Object.entries(urls).flatMap(([kind, list]) =>
  list.map((url) => ({
    name: `a webhook to ${url} (${kind})`,
    to: 'POST /webhooks',
    as: 'admin' as const,
    body: { url },
    status: 400,
    code: 'invalid_input',
  })),
)
const providers = [
  'https://127.0.0.1',
  'https://[::ffff:10.0.0.1]',
  'https://169.254.169.254',
  'http://example.com',
]
const issuers = providers.map((issuer) => ({
  name: `an identity provider at ${issuer}`,
  to: 'POST /identity-providers',
  as: 'admin' as const,
  body: { id: 'inner', kind: 'oidc', name: 'Inner', issuer, client_id: 'a', client_secret: 'b' },
  status: 400,
  code: 'invalid_input',
  faults: ['/issuer invalid_issuer'],
}))
const logouts = ['https://10.0.0.1/out', 'https://[::1]/out', 'http://example.com/out'].map((uri) => ({
  name: `an application that is told of sign-outs at ${uri}`,
  to: 'POST /applications',
  as: 'admin' as const,
  body: {
    name: 'Inner',
    kind: 'web',
    redirect_uris: ['https://app.example/cb'],
    backchannel_logout_uri: uri,
  },
  status: 400,
  code: 'invalid_input',
}))

describeCases('outgoing requests', [...cases, ...issuers, ...logouts])
