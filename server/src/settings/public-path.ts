/**
 * The path of the public URL, such as `/roster` of `https://example.com/roster`, without a slash at the end: empty when the
 * public URL is an origin.
 */
export function publicPath(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/+$/, '')
}
