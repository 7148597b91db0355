/** The headers of every answer, created once. */

const hsts = 'max-age=63072000; includeSubDomains'

const apiHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)',
  'referrer-policy': 'no-referrer',
  vary: 'Origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/**
 * The headers of an API answer; a page replaces `content-security-policy` and `cache-control` with its own.
 * `strict-transport-security` is set only if the public URL is https.
 */
export function baseHeaders(publicUrl: string): Readonly<Record<string, string>> {
  return publicUrl.startsWith('https:') ? { ...apiHeaders, 'strict-transport-security': hsts } : apiHeaders
}
