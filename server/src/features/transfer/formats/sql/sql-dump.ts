/**
 * Records of a database dump: of mysqldump, pg_dump (COPY or INSERT), sqlite3's .dump and similar programs. Only the rows
 * of wanted tables are read; the rest is skipped, so memory is limited.
 */
import { isUtf8 } from 'node:buffer'
import { faultItem, type Members, maxRecordBytes, type SourceRecord, tooLarge } from '../source-record.ts'
import {
  columnsOfTable,
  copiedValue,
  findOutside,
  literalValue,
  nameOf,
  namesOf,
  type Spelling,
  spellingOf,
  splitAtCommas,
} from './sql-text.ts'

/** Whether the rows of this table are wanted. Names have no quotes; that of the table may include a schema. */
export type WantsTable = (table: string, columns: readonly string[]) => boolean

const name = '(?:[\\w$."`\\[\\]\\x80-\\uffff-]+)'
const names = '((?:[^()"`[]|"[^"]*"|`[^`]*`|\\[[^\\]]*\\])*)'
const insertHead = new RegExp(
  `^(?:insert|replace)\\s+(?:ignore\\s+|or\\s+\\w+\\s+)?(?:into\\s+)?(${name})\\s*(?:\\(${names}\\)\\s*)?values\\s*`,
  'i',
)
const copyHead = new RegExp(
  `^copy\\s+(${name})\\s*\\(${names}\\)\\s+from\\s+stdin[^;\\n]*;[ \\t]*\\r?\\n`,
  'i',
)
const tableHead = new RegExp(
  `^create\\s+(?:temporary\\s+|unlogged\\s+)?table\\s+(?:if\\s+not\\s+exists\\s+)?(${name})\\s*\\(`,
  'i',
)
const unfinishedComment = /^(--|#|\/\*(?!!)|\\\w)/
/** Statements that need more than their first word before they can be parsed. */
const readStatement = /^(insert|replace|copy|create)\b/i

/** Whether a text is the beginning of a dump. */
export function isSqlDump(head: string): boolean {
  const text = head
    .replace(/^\ufeff/, '')
    .replace(/^(\s+|--[^\n]*(\n|$)|\/\*.*?\*\/;?|#[^\n]*\n|\\\w[^\n]*\n)*/s, '')
  const isCommented = /^(--|\/\*!)/.test(head.trimStart())
  const statement =
    /^(create\s+(temporary\s+)?(table|schema|database|extension|type|sequence)|insert\s+(into|\[)|copy\s+\S+\s*\(|set\s+\w|select\s+pg_catalog|drop\s+table|begin\s*;|begin transaction|pragma\s|start\s+transaction|lock\s+tables|use\s+[`[]|alter\s+table)/i
  return statement.test(text) || (isCommented && /^-- (MySQL|MariaDB|PostgreSQL|phpMyAdmin)/m.test(head))
}

/** The number of bytes in which the program that wrote the dump is recognised. */
const enoughForSpelling = 128

type Dump = {
  text: string
  /** Whether each character of the text stands for a byte of UTF-8. */
  isBytes: boolean
  spelling: Spelling
  wants: WantsTable
  /** The columns of the tables from `create table` statements. */
  columns: Map<string, string[]>
  mode: 'statements' | 'passing over' | 'tuples' | 'copy'
  /** The columns of the rows that are read, or undefined when they are not wanted. */
  wanted: readonly string[] | undefined
  row: number
  found: SourceRecord[]
  isOver: boolean
  isBroken: boolean
}

export async function* readSqlDump(
  input: AsyncIterable<Buffer>,
  wants: WantsTable,
): AsyncGenerator<SourceRecord[]> {
  const dump = createDump({ backslashes: false }, wants, true)
  let isStarted = false
  for await (const chunk of input) {
    dump.text = withoutGo(dump.text + chunk.toString('latin1'))
    if (!isStarted && dump.text.length < enoughForSpelling) continue
    if (!isStarted) dump.spelling = spellingOf(dump.text)
    isStarted = true
    yield scan(dump)
    if (dump.isBroken) return
  }
  if (!isStarted) dump.spelling = spellingOf(dump.text)
  dump.isOver = true
  dump.text += '\n'
  yield scan(dump)
}

/** SQL Server ends a batch of statements with a line `GO`; in older scripts a line with this setting has no end mark. */
function withoutGo(text: string): string {
  return text.replace(/(^|\n)(?:GO|SET IDENTITY_INSERT [^\s;]+ (?:ON|OFF))[ \t]*\r?\n/g, '$1;\n')
}

/** The tables at the beginning of a dump, with their columns. */
export function tablesOf(head: string): Map<string, string[]> {
  const tables = new Map<string, string[]>()
  const dump = createDump(spellingOf(head), (table, columns) => {
    tables.set(table, [...columns])
    return false
  })
  dump.text = withoutGo(head)
  scan(dump)
  for (const [table, columns] of dump.columns) if (!tables.has(table)) tables.set(table, columns)
  return tables
}

function createDump(spelling: Spelling, wants: WantsTable, isBytes = false): Dump {
  return {
    ...{ text: '', isBytes, spelling, wants, columns: new Map(), mode: 'statements', wanted: undefined },
    ...{ row: 0, found: [], isOver: false, isBroken: false },
  }
}

function scan(dump: Dump): SourceRecord[] {
  dump.found = []
  while (!dump.isBroken && steps[dump.mode](dump)) {
    // Continues until more of the text is needed.
  }
  if (!dump.isBroken && dump.text.length > maxRecordBytes && dump.mode !== 'passing over') {
    dump.row += 1
    dump.found.push(tooLarge(dump.row))
    dump.isBroken = true
  }
  return dump.found
}

/** Each function takes one step, and returns whether it could. */
const steps: Record<Dump['mode'], (dump: Dump) => boolean> = {
  statements(dump) {
    dump.text = dump.text.replace(/^(?:\s|;|--[^\n]*\n|#[^\n]*\n|\/\*(?!!).*?\*\/|\\\w[^\n]*\n)+/s, '')
    const { text } = dump
    if (text === '' || (!dump.isOver && (text.length < 10 || unfinishedComment.test(text)))) return false
    if (!readStatement.test(text)) return passOver(dump)
    const copy = copyHead.exec(text)
    const insert = copy ? null : insertHead.exec(text)
    const head = copy ?? insert
    if (head) {
      const table = readName(dump, nameOf(head[1]!))
      const columns =
        head[2] === undefined
          ? dump.columns.get(table)
          : namesOf(head[2]).map((column) => readName(dump, column))
      dump.wanted = columns && dump.wants(table, columns) ? columns : undefined
      dump.text = text.slice(head[0].length)
      dump.mode = copy ? 'copy' : dump.wanted ? 'tuples' : 'passing over'
      return true
    }
    const end = findOutside(text, ';', 0, dump.spelling)
    const create = tableHead.exec(text)
    if (!('at' in end)) return text.length > maxRecordBytes || !create ? passOverUnlessShort(dump) : false
    // The rows of a COPY begin after the line of its semicolon.
    if (!dump.isOver && /^copy\b/i.test(text) && text.length - end.at <= 2) return false
    if (create) {
      const body = text.slice(create[0].length, text.lastIndexOf(')', end.at))
      const columns = columnsOfTable(body, dump.spelling).map((column) => readName(dump, column))
      dump.columns.set(readName(dump, nameOf(create[1]!)), columns)
    }
    dump.text = text.slice(end.at + 1)
    return true
  },

  'passing over'(dump) {
    const found = findOutside(dump.text, ';', 0, dump.spelling)
    if ('at' in found) {
      dump.text = dump.text.slice(found.at + 1)
      dump.mode = 'statements'
      return true
    }
    dump.text = dump.text.slice(found.resume)
    return false
  },

  tuples(dump) {
    dump.text = dump.text.replace(/^[\s,]+/, '')
    const { text, spelling } = dump
    if (text === '') return false
    // Scripts of SQL Server do not end statements.
    if (/^(insert|replace)\b/i.test(text)) {
      dump.mode = 'statements'
      return true
    }
    if (text[0] !== '(') return passOver(dump)
    const end = findOutside(text, ')', 1, spelling)
    if (!('at' in end)) return false
    const literals = splitAtCommas(text.slice(1, end.at), spelling)
    addRow(
      dump,
      literals.map((literal) => literalValue(literal, spelling)),
    )
    dump.text = text.slice(end.at + 1)
    return true
  },

  copy(dump) {
    const lines = dump.text.split('\n')
    dump.text = lines.pop()!
    for (const [index, line] of lines.entries()) {
      if (line.replace('\r', '') === '\\.') {
        dump.text = [...lines.slice(index + 1), dump.text].join('\n')
        dump.mode = 'statements'
        return true
      }
      if (dump.wanted) addRow(dump, line.replace(/\r$/, '').split('\t').map(copiedValue))
    }
    return false
  },
}

/** Names may have letters of all languages, because names of secrets must be recognised. */
function readName({ isBytes }: Dump, written: string): string {
  if (!isBytes || !/[\x80-\xff]/.test(written)) return written
  const bytes = Buffer.from(written, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : written
}

function passOver(dump: Dump): boolean {
  dump.mode = 'passing over'
  return true
}

/** Whether the head of an INSERT or COPY may be incomplete. */
function passOverUnlessShort(dump: Dump): boolean {
  return dump.isOver || dump.text.length > 64 * 1024 ? passOver(dump) : false
}

function addRow(dump: Dump, values: (string | null)[]): void {
  const columns = dump.wanted!
  dump.row += 1
  if (values.length !== columns.length) {
    const detail = `The row has ${values.length} values, the table ${columns.length} columns.`
    dump.found.push(faultItem(dump.row, 'wrong_column_count', detail))
    return
  }
  const members: Members = {}
  for (const [index, column] of columns.entries()) {
    const bytes = Buffer.from(values[index] ?? '', 'latin1')
    if (!isUtf8(bytes)) {
      dump.found.push(faultItem(dump.row, 'not_utf8', 'The row is not valid UTF-8.'))
      return
    }
    if (column !== '__proto__' && values[index] !== null) members[column] = bytes.toString('utf8')
  }
  dump.found.push({ row: dump.row, members })
}
