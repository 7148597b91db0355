/**
 * The CSV of our own export: RFC 4180 with a header. A cell that a spreadsheet would read as a formula gets a `'` in
 * front. So do cells that start with `'` and the empty text, so that an import restores the exact values: an empty cell
 * is null, a single `'` the empty text.
 */
import { stringify } from 'csv-stringify/sync'
import { keysOf } from '../../encoding/keys.ts'
import { type ImportedIdentity, publicFields } from './exported-fields.ts'

type Cell = string | boolean | null | readonly string[] | Readonly<Record<string, unknown>>

/** `groups` are the names of the direct groups of the user. */
export type CsvUser = Record<keyof typeof publicFields, Cell> & {
  id: string
  password_hash?: string | null
  /** The authenticator app, encrypted, or its secret in base32. */
  totp_factor?: string | null
  totp_secret?: string | null
  /** The accounts of the user at other providers. */
  identities?: ImportedIdentity[]
}

export const csvColumns = keysOf(publicFields)

export type CsvColumn = (typeof csvColumns)[number] | 'password_hash' | 'totp_factor' | 'identities'

/** The columns of an export. */
export function csvColumnsOf(options: { passwordHash: boolean }): CsvColumn[] {
  return options.passwordHash
    ? [...csvColumns, 'password_hash', 'totp_factor', 'identities']
    : [...csvColumns]
}

export function csvHeader(columns: readonly CsvColumn[]): string {
  return `${columns.join(',')}\r\n`
}

/** The rows of a batch of users, each with its line end. */
export function csvRows(users: readonly CsvUser[], columns: readonly CsvColumn[]): string {
  const rows = users.map((user) =>
    // Names of groups may contain any letters.
    columns.map((column) =>
      column === 'groups' || column === 'identities'
        ? (JSON.stringify(user[column]) ?? '')
        : cellOf(user[column]),
    ),
  )
  // With an explicit delimiter, the library quotes single line breaks only on request.
  return stringify(rows, { record_delimiter: '\r\n', quote_record_delimiter: true })
}

/** A complete export: the header, then the rows of each batch. */
export async function* csvOfUsers(
  batches: AsyncIterable<readonly CsvUser[]>,
  columns: readonly CsvColumn[],
): AsyncGenerator<string> {
  yield csvHeader(columns)
  for await (const users of batches) {
    if (users.length > 0) yield csvRows(users, columns)
  }
}

function cellOf(value: CsvUser[CsvColumn]): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return protectCell(value.join(';'), '')
  return typeof value === 'string' ? protectCell(value, "'") : JSON.stringify(value)
}

// Characters that start a formula in spreadsheets, or that they skip before one, also in full-width form. Spreadsheets
// also skip invisible characters there.
const risky =
  /^[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}]*['=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n\0]/u

function protectCell(text: string, empty: string): string {
  if (text === '') return empty
  return risky.test(text) ? `'${text}` : text
}

/** The original value of a cell; null for an empty one. */
export function textOfCell(cell: string): string | null {
  if (cell === '') return null
  const rest = cell.slice(1)
  return cell.startsWith("'") && (rest === '' || risky.test(rest)) ? rest : cell
}

/** The columns of the first version. Later ones are missing in older exports. */
const firstColumns = [
  ...['id', 'username', 'email', 'email_verified', 'first_name', 'last_name', 'status', 'roles'],
  ...['external_id', 'metadata', 'created_at', 'updated_at', 'last_login_at'],
]

/** Whether a header is that of our own export, in any order of columns. */
export function isExportHeader(header: readonly string[]): boolean {
  const known: readonly string[] = csvColumnsOf({ passwordHash: true })
  const isWhole = firstColumns.every((column) => header.includes(column))
  return isWhole && header.every((column, at) => known.includes(column) && header.indexOf(column) === at)
}

/**
 * Converts a row of our own export to the JSON form. Cells that no export writes stay text, and the caller refuses them.
 */
export function userOfCsvRow(cells: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const user: Record<string, unknown> = {}
  for (const [column, cell] of Object.entries(cells)) {
    const text = typeof cell === 'string' ? textOfCell(cell) : cell
    user[column] = typeof text === 'string' ? valueOfText(column, text) : column === 'roles' ? [] : text
  }
  return user
}

function valueOfText(column: string, text: string): unknown {
  if (column === 'roles') return text.split(';')
  if (column === 'email_verified') return text === 'true' ? true : text === 'false' ? false : text
  return text
}
