/** Lists that come in pages: the `Link` header says where the next one is. */
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import { call } from './call.ts'

export type Page<Item> = { items: Item[]; next: string | undefined }
type Query = Record<string, string | number | boolean | undefined>

export async function readPage<Item>(path: string, query: Query, signal?: AbortSignal): Promise<Page<Item>> {
  const { data, headers } = await call<Item[]>('GET', path, { query, ...(signal && { signal }) })
  return { items: data, next: nextCursor(headers.get('link')) }
}

/** How the pages of a list are read and remembered. */
export function pagesOf<Item>(key: string, path: string, query: Query) {
  return {
    queryKey: [key, query],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }: { pageParam: string; signal: AbortSignal }) =>
      readPage<Item>(path, { ...query, cursor: pageParam || undefined }, signal),
    getNextPageParam: ({ next }: Page<Item>) => next,
  }
}

/** A list of more pages is not read again by itself. */
const mostPagesAgain = 3

/**
 * The pages of a list. Rows stay while others are loaded.
 * @param every the milliseconds after which the list is read again by itself
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
