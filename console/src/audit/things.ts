import { useQueries } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { AuditEvent, Permission } from '../api/types.ts'
import { page } from '../page.ts'

export type Thing = { name: string; href: string }
type Item = { id?: string; client_id?: string; name?: string; url?: string }
type Source = { path: string; needs: Permission; hasOwnPage?: true }

/** Where the things of a kind are listed: the same path in the API and, below `/console`, in the console. */
const sources: Readonly<Record<string, Source>> = {
  application: { path: '/applications', needs: 'applications:read' },
  webhook: { path: '/webhooks', needs: 'webhooks:read', hasOwnPage: true },
  group: { path: '/groups', needs: 'groups:read', hasOwnPage: true },
  identity_provider: { path: '/identity-providers', needs: 'identity_providers:read' },
}
/** One request for a kind; things beyond it, and those that were deleted, keep their id. */
const most = 100

/** The names and pages of what the events are about, by id. Users have their own list. */
export function useThings(events: readonly AuditEvent[]): ReadonlyMap<string, Thing> {
  const may = useMay()
  const kinds = new Set(events.flatMap(({ actor, target }) => [actor.kind, target?.kind ?? '']))
  const wanted = Object.values(sources).filter((source) => may(source.needs) && kinds.has(kindOf(source)))
  return useQueries({
    queries: wanted.map((source) => ({
      queryKey: ['audit', 'things', source.path],
      staleTime: 300_000,
      queryFn: async () => (await call<Item[]>('GET', source.path, { query: { limit: most } })).data,
    })),
    combine: (results) =>
      new Map(
        results.flatMap(({ data }, index) => (data ?? []).map((item) => entryOf(wanted[index]!, item))),
      ),
  })
}

const kindOf = (source: Source) => Object.keys(sources).find((kind) => sources[kind] === source)!

function entryOf({ path, hasOwnPage }: Source, item: Item): [string, Thing] {
  const id = item.client_id ?? item.id ?? ''
  const name = item.name ?? (item.url === undefined ? id : new URL(item.url).host)
  return [id, { name, href: `${page.base}/console${path}${hasOwnPage ? `/${id}` : ''}` }]
}
