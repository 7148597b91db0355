/** The structure of the first kilobytes of a file, to distinguish formats. */
import { parse } from 'csv-parse/sync'

/**
 * Member names of objects outside of lists, and of the items of lists by the name of the list ('' for a top-level list).
 */
export type Outline = {
  top: Set<string>
  items: Map<string, Set<string>>
  /** All names, at any depth. */
  deep: Set<string>
  header: string[]
}

export function outlineOf(head: string): Outline {
  const text = head
    .replace(/^\ufeff/, '')
    .replace(/^"?sep=[,;|\t]"?\r?\n|^#TYPE [^\n]*\n/i, '')
    .trimStart()
  if (/^[[{]/.test(text)) return outlineOfJson(text)
  return { top: new Set(), items: new Map(), deep: new Set(), header: headerOf(text) }
}

function headerOf(text: string): string[] {
  try {
    const options = {
      delimiter: [',', ';', '\t', '|'],
      to: 1,
      relax_quotes: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    }
    return parse(text, options)[0] ?? []
  } catch {
    return []
  }
}

/** An open container. `name` is the member whose value it is. */
type Level = { isList: boolean; name: string }

function outlineOfJson(text: string): Outline {
  const outline: Outline = { top: new Set(), items: new Map(), deep: new Set(), header: [] }
  const levels: Level[] = []
  const token = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[[\]{}]/gs
  let name = ''
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [mark, string, isName] = match
    if (mark === '{' || mark === '[') {
      levels.push({ isList: mark === '[', name })
      name = ''
    } else if (mark === '}' || mark === ']') levels.pop()
    else if (isName !== undefined) {
      name = string ?? ''
      outline.deep.add(name)
      noteName(outline, levels, name)
    }
  }
  return outline
}

function noteName({ top, items }: Outline, levels: Level[], name: string): void {
  const [outer, middle, inner] = levels
  if (levels.length === 1 && outer?.isList === false) top.add(name)
  const list = levels.length === 2 ? outer : middle
  const isItem =
    (levels.length === 2 && middle?.isList === false) ||
    (levels.length === 3 && outer?.isList === false && inner?.isList === false)
  if (!isItem || !list?.isList) return
  const names = items.get(list.name) ?? new Set()
  items.set(list.name, names.add(name))
}

/** The names in records and in the objects around them. */
export type Signs = {
  names: ReadonlySet<string>
  around: ReadonlySet<string>
  deep: ReadonlySet<string>
  isCsv: boolean
  header: string[]
}

/** `lists` are the names of the lists with the records of the format. */
export function signsOf({ top, items, deep, header }: Outline, lists: ReadonlySet<string>): Signs {
  if (header.length > 0) return { names: new Set(header), around: new Set(), deep, isCsv: true, header }
  const listNames = ['', ...lists].filter((name) => items.has(name) && (name === '' || top.has(name)))
  const names =
    listNames.length === 0 ? top : new Set(listNames.flatMap((name) => [...(items.get(name) ?? [])]))
  return { names, around: top, deep, isCsv: false, header }
}

export function hasAll(names: ReadonlySet<string>, ...wanted: string[]): boolean {
  return wanted.every((name) => names.has(name))
}

export function hasAny(names: ReadonlySet<string>, ...wanted: string[]): boolean {
  return wanted.some((name) => names.has(name))
}
