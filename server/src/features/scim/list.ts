/** Lists by index (RFC 7644 §3.4.2.4) and by cursor (RFC 9865), on top of lists with positions. */

import { createTtlCache } from '../../caches/ttl-cache.ts'
import { monotonicMs } from '../../clock.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { type Page, type PageOf, type Position, readPosition } from '../../page.ts'
import { valuesAt } from './filter/evaluate.ts'
import type { Path } from './filter/filter.ts'
import type { Projection } from './resource/projection.ts'
import type { Resource } from './resource/read.ts'
import { scimError } from './scim-error.ts'

export type Query = {
  filter: string | null
  sortBy: Path | null
  descending: boolean
  /** From 1. */
  startIndex: number
  count: number
  /** null: by index. An empty text means the first page. */
  cursor: string | null
  projection: Projection
}

export type Found = Page<Resource>
export type Slice = { resources: Resource[]; total: number; next: string | null }
type Source = (page: PageOf & { wantsTotal: boolean }) => Promise<Found>

/** The number of resources compared with a filter that the database cannot answer. */
const maxCompared = 10_000
/** The maximum number of rows that are skipped to reach an index if the client did not request the previous page. */
const maxSkipped = 50_000
const walkPage = 200

export type Slices = ReturnType<typeof createSlices>

/** A cursor is encrypted, and valid only for the list that returned it. */
export function createSlices({ seal, open }: Sealing) {
  /** Stores where the next page of a list begins, for clients that read page after page by index. */
  const starts = createTtlCache<Position>(600_000, 5000)
  const positionOf = async (
    list: string,
    startIndex: number,
    source: Source,
  ): Promise<Position | null | 'behind'> => {
    if (startIndex <= 1) return null
    const known = starts.get(`${list} ${startIndex}`)
    if (known) return known
    let left = startIndex - 1
    if (left > maxSkipped) throw scimError('tooMany', 'Read the list page by page, or by cursor.')
    for (let position: Position | null = null; ; ) {
      const found: Found = await source({
        limit: Math.min(walkPage, left),
        direction: 'next',
        position,
        wantsTotal: false,
      })
      left -= found.items.length
      if (found.next === null) return 'behind'
      if (left === 0) return found.next
      position = found.next
    }
  }
  const sealCursor = (position: Position, list: string) => seal(JSON.stringify(position), `scim ${list}`)
  /** @throws invalidCursor */
  const openCursor = (cursor: string, list: string): Position | null => {
    if (cursor === '') return null
    try {
      return readPosition(open(cursor, `scim ${list}`))
    } catch {
      throw scimError('invalidCursor', 'The cursor is not one of this list.')
    }
  }

  return {
    /** A page of a list that the database filters and sorts. */
    async ofPages(query: Query, list: string, source: Source): Promise<Slice> {
      const { count, startIndex, cursor } = query
      const none = { ...walk, limit: 1, wantsTotal: true }
      if (count === 0) return { resources: [], total: (await source(none)).total ?? 0, next: null }
      const position = cursor === null ? await positionOf(list, startIndex, source) : openCursor(cursor, list)
      const found =
        position === 'behind'
          ? { ...(await source(none)), items: [], next: null }
          : await source({ limit: count, direction: 'next', position, wantsTotal: true })
      if (cursor === null && found.next)
        starts.set(`${list} ${startIndex + found.items.length}`, found.next, monotonicMs())
      return {
        resources: found.items,
        total: found.total ?? 0,
        next: cursor !== null && found.next ? sealCursor(found.next, list) : null,
      }
    },

    /** A page of resources that are all in memory. */
    ofResources(resources: readonly Resource[], query: Query): Slice {
      const { sortBy, descending, count, startIndex, cursor } = query
      const list = `found ${query.filter} ${sortBy} ${descending}`
      const sorted = sortBy === null ? [...resources] : resources.toSorted(byValue(sortBy))
      if (sortBy !== null && descending) sorted.reverse()
      const from = cursor === null ? startIndex - 1 : Number(openCursor(cursor, list)?.[0] ?? 0)
      const isMore = cursor !== null && count > 0 && from + count < sorted.length
      return {
        resources: sorted.slice(from, from + count),
        total: sorted.length,
        next: isMore ? sealCursor([from + count], list) : null,
      }
    },
  }
}

const walk = { direction: 'next', position: null } as const

/** The resources that match, of a list that is not too long. @throws tooMany */
export async function collectFitting(
  source: Source,
  isFitting: (resource: Resource) => boolean,
): Promise<Resource[]> {
  const fitting: Resource[] = []
  let compared = 0
  for (let position: Position | null = null; ; ) {
    const found: Found = await source({ limit: walkPage, direction: 'next', position, wantsTotal: false })
    fitting.push(...found.items.filter(isFitting))
    compared += found.items.length
    if (found.next === null) return fitting
    if (compared >= maxCompared)
      throw scimError(
        'tooMany',
        `This filter or order can be answered for up to ${maxCompared} resources. Filter by userName, externalId, emails.value, active or id as well.`,
      )
    position = found.next
  }
}

/** Resources without a value come last (RFC 7644 §3.4.2.3). */
function byValue(path: Path): (one: Resource, other: Resource) => number {
  const keyOf = (resource: Resource) => {
    const [value] = valuesAt(resource, path)
    return value === undefined ? '\u{10ffff}' : String(value).toLowerCase()
  }
  return (one, other) => {
    const [a, b] = [keyOf(one), keyOf(other)]
    return a < b ? -1 : a > b ? 1 : 0
  }
}
