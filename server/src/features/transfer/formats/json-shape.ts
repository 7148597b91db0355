/**
 * Finds the users of a JSON file without a list of a known name: in a nested list (`data.users.edges`), or in an object
 * with a member for each user (`users.<id>`).
 */
import { fieldMeantBy } from '../columns/column-names.ts'

export type JsonShape = {
  /** Members with lists of records. */
  lists: ReadonlySet<string>
  /** Objects in which these lists and maps are searched. */
  objects: ReadonlySet<string>
  /** Members with an object that has a member for each record. */
  maps: ReadonlySet<string>
  /** Whether the document itself is such an object. */
  isMap: boolean
}

/** Wrapper objects around a record. */
export const wrappers: ReadonlySet<string> = new Set([
  ...['node', 'attributes', 'user', 'account', 'member', 'fields', 'doc', 'document', '_source', 'data'],
  ...['properties', 'item', 'record', 'entity'],
])

type Level = { isList: boolean; name: string }

export const saysWho = (name: string): boolean => {
  const field = fieldMeantBy(name)
  return field === 'username' || field === 'email' || name.toLowerCase() === 'emails'
}

/** The path to the first users of the file; undefined if there are none in `head`. */
export function shapeOf(head: string): JsonShape | undefined {
  const levels: Level[] = []
  const token = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[[\]{}]/gs
  /** The member names of each object that may have a member for each user. */
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
      // An object named `user` may contain the names; DynamoDB writes every text as an object.
      const isObject = /^\s*\{(?!\s*"S")/.test(head.slice(token.lastIndex, token.lastIndex + 20))
      if (isObject || !saysWho(text)) continue
      const list = listAround(levels)
      if (list) return listShape(list)
      const around = levels.slice(0, -1)
      if (around.length === 0 || around.some(({ isList }) => isList)) continue
      const path = around.slice(1).map((level) => level.name)
      const key = JSON.stringify(path)
      const entry = entries.get(key) ?? { path, names: new Set() }
      entry.names.add(innermost(levels))
      entries.set(key, entry)
    }
  }
  return mapShape([...entries.values()])
}

/** The name of the innermost object or list. */
const innermost = (levels: readonly Level[]): string => levels.at(-1)?.name ?? ''

/** The levels down to the list whose item, or wrapped item, is the innermost object. */
function listAround(levels: readonly Level[]): Level[] | undefined {
  const isWrapped = wrappers.has(innermost(levels)) && levels.at(-2)?.isList === false
  const to = levels.slice(0, isWrapped ? -2 : -1)
  const isOnly = to.at(-1)?.isList === true && to.slice(0, -1).every(({ isList }) => !isList)
  return isOnly ? to : undefined
}

function listShape(levels: readonly Level[]): JsonShape {
  return {
    lists: new Set([innermost(levels)]),
    objects: new Set(levels.slice(1, -1).map(({ name }) => name)),
    maps: new Set(),
    isMap: false,
  }
}

/** A named object may contain one user; the document itself must contain two, because any object has members. */
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
