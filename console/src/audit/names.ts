import { useQueries } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'

/** The number of ids that fit into one filter. */
const batch = 35

/**
 * The usernames of some users, by id. Names of erased users are missing, and all names without the permission to read
 * users.
 */
export function useNames(ids: readonly (string | null)[]): ReadonlyMap<string, string> {
  const may = useMay()
  const wanted = [...new Set(ids)]
    .filter((id): id is string => id !== null && /^[0-9a-f-]{36}$/.test(id))
    .sort()
  const batches = Array.from({ length: Math.ceil(wanted.length / batch) }, (_, index) =>
    wanted.slice(index * batch, (index + 1) * batch),
  )
  return useQueries({
    queries: batches.map((some) => ({
      queryKey: ['users', 'names', some],
      enabled: may('users:read'),
      staleTime: 300_000,
      async queryFn() {
        const filter = some.map((id) => `id eq "${id}"`).join(' or ')
        const query = { filter, fields: 'id,username', limit: batch }
        return (await call<{ id: string; username: string }[]>('GET', '/users', { query })).data
      },
    })),
    combine: (results) =>
      new Map(results.flatMap(({ data }) => (data ?? []).map(({ id, username }) => [id, username] as const))),
  })
}
