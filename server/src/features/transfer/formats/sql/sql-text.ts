/** The part of the SQL syntax that dumps use. Texts have one Latin-1 character for each byte. */

/** Whether backslashes are escapes: in MySQL they are, in PostgreSQL and SQLite not. */
export type Spelling = { backslashes: boolean }

export function spellingOf(head: string): Spelling {
  return { backslashes: /MySQL|MariaDB|phpMyAdmin|`/.test(head) && !/^-- PostgreSQL database/m.test(head) }
}

/** The beginnings of texts and comments, in which semicolons and brackets have no meaning. */
const opener = /'|"|`|--|#|\/\*|\$[A-Za-z_]*\$/g

/** The end of the quoted text or comment at `at`; undefined if it is incomplete. */
function endOfOpened(text: string, at: number, mark: string, { backslashes }: Spelling): number | undefined {
  if (mark === '--' || mark === '#') return endAfter(text, '\n', at)
  if (mark === '/*') return endAfter(text, '*/', at + 2)
  if (mark.startsWith('$')) return endAfter(text, mark, at + mark.length)
  for (let position = at + 1; position < text.length; position++) {
    const character = text[position]
    if (character === '\\' && backslashes && mark !== '`') position += 1
    else if (character === mark) {
      // The next character decides whether it is an end or a doubled quote.
      if (position + 1 === text.length) return undefined
      if (text[position + 1] !== mark) return position + 1
      position += 1
    }
  }
  return undefined
}

function endAfter(text: string, mark: string, from: number): number | undefined {
  const at = text.indexOf(mark, from)
  return at < 0 ? undefined : at + mark.length
}

/**
 * The position of the first of `marks` after `from` that is outside of quotes, comments and brackets. If there is none,
 * `resume` is the position at which to continue with more text.
 */
export function findOutside(
  text: string,
  marks: string,
  from: number,
  spelling: Spelling,
): { at: number } | { resume: number } {
  let depth = 0
  // Statements do not end inside brackets, so the brackets of a long one are not counted.
  const counts = marks !== ';'
  for (let position = from; position < text.length; position++) {
    const character = text[position]!
    if (depth === 0 && marks.includes(character)) return { at: position }
    if (counts && character === '(') depth += 1
    else if (counts && character === ')') depth -= 1
    else if (opensSomething(character)) {
      opener.lastIndex = position
      const match = opener.exec(text)
      if (
        character === '$' &&
        match?.index !== position &&
        /^\$\w*$/.test(text.slice(position, position + 64))
      )
        return { resume: depth === 0 ? position : from }
      if (match?.index !== position || (match[0] === '#' && !spelling.backslashes)) continue
      const end = endOfOpened(text, position, match[0], spelling)
      if (end === undefined) return { resume: depth === 0 ? position : from }
      position = end - 1
    }
  }
  // The last character may be the beginning of a mark.
  return { resume: depth === 0 ? Math.max(from, text.length - 1) : from }
}

function opensSomething(character: string): boolean {
  return '\'"`-#/$'.includes(character)
}

/** The parts between commas outside of quotes and brackets. */
export function splitAtCommas(text: string, spelling: Spelling): string[] {
  const parts: string[] = []
  let from = 0
  for (;;) {
    const found = findOutside(text, ',', from, spelling)
    if (!('at' in found)) return [...parts, text.slice(from)]
    parts.push(text.slice(from, found.at))
    from = found.at + 1
  }
}

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\x1a' }

/** The value of a literal: text, or null. Numbers stay text, so that no digits are lost. */
export function literalValue(literal: string, { backslashes }: Spelling): string | null {
  // SQL Server writes `CAST(N'2024-01-15' AS DateTime2)`.
  const text = literal.trim().replace(/^cast\s*\((.*)\s+as\s+[\w()., ]+\)$/is, '$1')
  const [, prefix, quoted] = /^(_?[A-Za-z0-9]*\s*)'(.*)'(?:::[\w\s."[\]()]+)?$/s.exec(text) ?? []
  if (quoted === undefined) return /^null$/i.test(text) ? null : text.replace(/::\w+$/, '')
  const plain = quoted.replaceAll("''", "'")
  const isEscaped = backslashes || /^e$/i.test(prefix ?? '')
  return isEscaped ? plain.replace(/\\(.)/gs, (_, next: string) => escapes[next] ?? next) : plain
}

/** A cell of PostgreSQL's COPY. */
export function copiedValue(cell: string): string | null {
  if (cell === '\\N') return null
  return cell.includes('\\') ? cell.replace(/\\(.)/gs, (_, next: string) => escapes[next] ?? next) : cell
}

/** `public."auth_user"` and `` `wp_users` `` without quotes. */
export function nameOf(written: string): string {
  return written.replace(/["`[\]]/g, '').trim()
}

/** The names of a list of columns. */
export function namesOf(list: string): string[] {
  return (list.match(/(?:"[^"]*"|`[^`]*`|\[[^\]]*\]|[^,])+/g) ?? []).map(nameOf)
}

const noColumn =
  /^(primary|unique|key|index|constraint|foreign|check|fulltext|spatial|exclude|like|period)\b/i

/** The columns of a `create table`, from the text inside its brackets. */
export function columnsOfTable(body: string, spelling: Spelling): string[] {
  return splitAtCommas(body, spelling)
    .map((part) => part.replace(/^(\s|--[^\n]*\n|\/\*.*?\*\/)+/s, ''))
    .filter((part) => part !== '' && !noColumn.test(part))
    .map((part) => nameOf(/^("[^"]+"|`[^`]+`|\[[^\]]+\]|\S+)/.exec(part)?.[1] ?? ''))
}
