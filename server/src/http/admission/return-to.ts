/** Where a page leads after signing in. Only a path of this origin is taken: all else could lead to another site. */

const maxLength = 2048
const base = 'http://own.invalid'

/**
 * The path as a browser will resolve it, or null when it could lead away: an absolute or protocol-relative address,
 * with backslashes, control characters or blanks, also when a proxy decodes it once more.
 */
export function ownPath(text: string): string | null {
  if (text.length > maxLength || !isPlainPath(text)) return null
  const url = URL.canParse(text, base) ? new URL(text, base) : null
  if (url?.origin !== base || url.pathname.startsWith('//')) return null
  return `${url.pathname}${url.search}${url.hash}`
}

function isPlainPath(text: string): boolean {
  let path = text.split(/[?#]/, 1)[0]!
  // Visible ASCII in the whole text; in the path also after it was decoded, as often as that changes it.
  if (!/^[\x21-\x7e]*$/.test(text) || text.includes('\\')) return false
  for (let turns = 0; turns < 4; turns += 1) {
    if (!path.startsWith('/') || /^\/[/\\]/.test(path) || /[\\\u0000-\u001f\u007f-\u009f]/.test(path))
      return false
    const decoded = decode(path)
    if (decoded === null) return false
    if (decoded === path) return true
    path = decoded
  }
  return false
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}
