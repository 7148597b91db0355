/** Lists in pages: the `Link` header has the URL of the next page. */
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import { call } from './call.ts'

export type Page<Item> = { items: Item[]; next: string | undefined }
type Query = Record<string, string | number | boolean | undefined>

export async function readPage<Item>(path: string, query: Query, signal?: AbortSignal): Promise<Page<Item>> {
  const { data, headers } = await call<Item[]>('GET', path, { query, ...(signal && { signal }) })
  return { items: data, next: nextCursor(headers.get('link')) }
}

/** Reads and caches the pages of a list. */
export function pagesOf<Item>(key: string, path: string, query: Query) {
  return {
    queryKey: [key, query],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }: { pageParam: string; signal: AbortSignal }) =>
      readPage<Item>(path, { ...query, cursor: pageParam || undefined }, signal),
    getNextPageParam: ({ next }: Page<Item>) => next,
  }
}

/** A list with more pages is not reloaded automatically. */
const mostPagesAgain = 3

/**
 * The pages of a list. Rows stay visible while others are loaded.
 * @param every the interval in milliseconds in which the list is reloaded
 */
export function usePages<Item>(key: string, path: string, query: Query, isEnabled = true, every?: number) {
  return useInfiniteQuery({
    ...pagesOf<Item>(key, path, query),
    enabled: isEnabled,
    refetchInterval: ({ state }) =>
      every !== undefined && (state.data?.pages.length ?? 0) <= mostPagesAgain ? every : false,
    placeholderData: (previous: InfiniteData<Page<Item>, string> | undefined) => previous,
  })
}

function nextCursor(link: string | null): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1]
  return target ? (new URL(target, location.origin).searchParams.get('cursor') ?? undefined) : undefined
}
