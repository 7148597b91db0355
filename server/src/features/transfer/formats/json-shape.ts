/**
 * Where the people of a JSON file are, when no list of a known name holds them: in a list deeper inside (`data.users.edges`),
 * or in an object with a member for each of them (`users.<id>`).
 */
import { fieldMeantBy } from '../columns/column-names.ts'

export type JsonShape = {
  /** Members that hold lists of records. */
  lists: ReadonlySet<string>
  /** Objects to look into for those lists and maps. */
  objects: ReadonlySet<string>
  /** Members that hold an object with a member for each record. */
  maps: ReadonlySet<string>
  /** Whether the document itself is such an object. */
  isMap: boolean
}

/** Objects around a record that are only there to hold it. */
export const wrappers: ReadonlySet<string> = new Set([
  ...['node', 'attributes', 'user', 'account', 'member', 'fields', 'doc', 'document', '_source', 'data'],
  ...['properties', 'item', 'record', 'entity'],
])

type Level = { isList: boolean; name: string }

export const saysWho = (name: string): boolean => {
  const field = fieldMeantBy(name)
  return field === 'username' || field === 'email' || name.toLowerCase() === 'emails'
}

/** The names on the way to the first people of the file; undefined when none are seen in `head`. */
export function shapeOf(head: string): JsonShape | undefined {
  const levels: Level[] = []
  const token = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[[\]{}]/gs
  /** Those of each object that may have a member for each person. */
  const entries = new Map<string, { path: string[]; names: Set<string> }>()
  let name = ''
  for (let match = token.exec(head); match !== null; match = token.exec(head)) {
    const [mark, text = '', isName] = match
    if (mark === '{' || mark === '[') {
      levels.push({ isList: mark === '[', name })
      name = ''
    } else if (mark === '}' || mark === ']') levels.pop()
    else if (isName !== undefined) {
      name = text
      // An object named `user` is around the names; DynamoDB writes every text as an object.
      const isObject = /^\s*\{(?!\s*"S")/.test(head.slice(token.lastIndex, token.lastIndex + 20))
      if (isObject || !saysWho(text)) continue
      const list = listAround(levels)
      if (list) return listShape(list)
      const around = levels.slice(0, -1)
      if (around.length === 0 || around.some(({ isList }) => isList)) continue
      const path = around.slice(1).map((level) => level.name)
      const key = JSON.stringify(path)
      const entry = entries.get(key) ?? { path, names: new Set() }
      entry.names.add(levels.at(-1)!.name)
      entries.set(key, entry)
    }
  }
  return mapShape([...entries.values()])
}

/** The levels down to the list whose item, or what it wraps, is the innermost object. */
function listAround(levels: readonly Level[]): Level[] | undefined {
  const isWrapped = wrappers.has(levels.at(-1)!.name) && levels.at(-2)?.isList === false
  const to = levels.slice(0, isWrapped ? -2 : -1)
  const isOnly = to.at(-1)?.isList === true && to.slice(0, -1).every(({ isList }) => !isList)
  return isOnly ? to : undefined
}

function listShape(levels: readonly Level[]): JsonShape {
  return {
    lists: new Set([levels.at(-1)!.name]),
    objects: new Set(levels.slice(1, -1).map(({ name }) => name)),
    maps: new Set(),
    isMap: false,
  }
}

/** An object under a name may hold one person; the document itself has to hold two, for any object has members. */
function mapShape(found: readonly { path: string[]; names: ReadonlySet<string> }[]): JsonShape | undefined {
  const named = found.find(({ path }) => path.length > 0) ?? found.find(({ names }) => names.size > 1)
  if (!named) return undefined
  const { path } = named
  return {
    lists: new Set(),
    objects: new Set(path.slice(0, -1)),
    maps: new Set(path.slice(-1)),
    isMap: path.length === 0,
  }
}
