/** The columns of a CSV file, and the fields that the user chooses for them. */

/** The fields of the import, as the parameter `map` names them. */
export const columnFields = [
  ...['username', 'email', 'email_verified', 'first_name', 'last_name', 'status', 'enabled', 'disabled'],
  ...['roles', 'id', 'external_id', 'metadata', 'profile', 'password', 'password_hash', 'totp_secret'],
  ...['created_at', 'updated_at', 'last_login_at'],
]

/** The value of the parameter `map` that leaves a column out. */
export const leftOut = '-'

const separators = [',', ';', '\t', '|']
/** More columns would make the address of the request too long. */
const maxColumns = 200

/** The names in the first line of a CSV file, whose beginning is `head`; the separator is the most frequent one. */
export function headerOf(head: string): string[] {
  const text = head.replace(/^\uFEFF/, '').trimStart()
  const [header = ''] = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text) ?? []
  const bare = header.replace(/"(?:[^"]|"")*"/g, '')
  const count = (separator: string) => bare.split(separator).length
  const separator = separators.reduce((best, each) => (count(each) > count(best) ? each : best))
  const names: string[] = []
  let name = ''
  let isQuoted = false
  for (const character of header) {
    if (character === '"') isQuoted = !isQuoted
    if (character !== separator || isQuoted) name += character
    else {
      names.push(unquoted(name))
      name = ''
    }
  }
  names.push(unquoted(name))
  return [...new Set(names.filter((each) => each !== ''))].slice(0, maxColumns)
}

function unquoted(cell: string): string {
  const text = cell.trim()
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"').trim() : text
}

/** A field in the metadata, under the name of the column. */
export function metadataOf(column: string): string {
  return `metadata.${column.replace(/[=,]/g, '_')}`
}

/** The parameter `map`: `COLUMN=FIELD`, joined by commas; undefined without a choice. */
export function mapText(choices: ReadonlyMap<string, string>): string | undefined {
  return [...choices].map(([column, field]) => `${column}=${field}`).join(',') || undefined
}
