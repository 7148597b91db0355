/** Lists: one page, or all items of all pages. */
import type { Result } from './call.ts'
import type { CallOptions } from './transport.ts'

/** Plain data, so that it can be kept in a cache. */
export type Page<Item> = {
  items: Item[]
  /** The `cursor` of the next page; null on the last one. */
  next: string | null
  prev: string | null
  /** With `count: 'exact'`. */
  total: number | null
}

export function pageOf<Item>({ data, headers }: Result<unknown>): Page<Item> {
  const link = headers.get('link') ?? ''
  const total = headers.get('x-total-count')
  return {
    items: data as Item[],
    next: cursorIn(link, 'next'),
    prev: cursorIn(link, 'prev'),
    total: total === null ? null : Number(total),
  }
}

/** All items of the list from `query.cursor` on. Each page is requested when it is needed. */
export async function* everyItem<Item, Query extends { cursor?: string | undefined }>(
  list: (query: Query, options?: CallOptions) => Promise<Page<Item>>,
  query: Query,
  options?: CallOptions,
): AsyncGenerator<Item, void, undefined> {
  let next: string | null = null
  do {
    const page: Page<Item> = await list(next === null ? query : { ...query, cursor: next }, options)
    yield* page.items
    next = page.next
  } while (next !== null)
}

/** The cursor of `<…?cursor=…>; rel="next"` in a `Link` header (RFC 8288). */
function cursorIn(link: string, relation: string): string | null {
  for (const [, target = '', parameters = ''] of link.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (!new RegExp(`;\\s*rel="?${relation}"?`, 'i').test(parameters)) continue
    return new URL(target, 'http://list').searchParams.get('cursor')
  }
  return null
}
