/** The target after a sign-in. Only a path of this origin is accepted, because other texts could lead to another site. */

const maxLength = 2048
const base = 'http://own.invalid'

/**
 * The path as a browser resolves it. Null if the text could lead to another site: an absolute or protocol-relative URL,
 * or a text with backslashes, control characters or blanks, also after a proxy has decoded it again.
 */
export function ownPath(text: string): string | null {
  if (text.length > maxLength || !isPlainPath(text)) return null
  const url = URL.canParse(text, base) ? new URL(text, base) : null
  if (url?.origin !== base || url.pathname.startsWith('//')) return null
  return `${url.pathname}${url.search}${url.hash}`
}

function isPlainPath(text: string): boolean {
  let path = text.split(/[?#]/, 1)[0]!
  // The text must be visible ASCII, and the path also after repeated decoding.
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
