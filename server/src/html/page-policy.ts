/** The content security policy of the pages with our own scripts (CSP Level 3, Trusted Types). */
const directives = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
}

/** @param changes directives that the page needs in addition, or with another value */
export function pagePolicy(changes: Partial<typeof directives> & { 'trusted-types'?: string } = {}): string {
  return Object.entries({ ...directives, ...changes })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}
