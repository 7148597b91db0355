/** A page of a list, from one row more than requested. */

/** The position of a page: the values of the sort columns and of the id of the row before it (or after it). */
export type Position = readonly (string | number | null)[]

/** @throws SyntaxError when the text is not the JSON of a position */
export function readPosition(text: string): Position {
  const position: unknown = JSON.parse(text)
  if (!Array.isArray(position) || !position.every(isPart)) throw new SyntaxError('not a position')
  return position
}

const isPart = (part: unknown): part is Position[number] =>
  part === null || typeof part === 'string' || typeof part === 'number'

export type PageOf = {
  limit: number
  /** `next`: the rows after the position, in order. `prev`: the rows directly before it, also in order. */
  direction: 'next' | 'prev'
  position: Position | null
}

export type Page<Item> = {
  items: Item[]
  /** The position of the next page; null on the last one. */
  next: Position | null
  prev: Position | null
  total?: number
}

/** A page whose items are the bytes of a JSON array. */
export type JsonPage = Omit<Page<never>, 'items'> & { json: Buffer }

/**
 * The arguments of a store for a page in the order of ids: the number of rows, one more than the page has, after this id.
 */
export type IdPage = { limit: number; position: string | null; direction: PageOf['direction'] }

/** `rows` are in the order of the list. An additional row shows that there are more, and is not on the page. */
export function cutPage<Row>(
  rows: readonly Row[],
  { limit, direction, position }: PageOf,
  positionOf: (row: Row) => Position,
): Page<Row> {
  const isBackwards = direction === 'prev'
  const hasMore = rows.length > limit
  const items = isBackwards ? rows.slice(-limit) : rows.slice(0, limit)
  const [first, last] = [items[0], items.at(-1)]
  return {
    items,
    next: last !== undefined && (isBackwards || hasMore) ? positionOf(last) : null,
    prev: first !== undefined && (isBackwards ? hasMore : position !== null) ? positionOf(first) : null,
  }
}
