import { useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import type { Group } from '../api/types.ts'

/** The number of groups that are offered. */
const offered = 200

export const groupsQuery = {
  queryKey: ['groups', 'offered'],
  queryFn: async () => (await call<Group[]>('GET', '/groups', { query: { limit: offered } })).data,
  staleTime: 60_000,
}

/** The name of a group, also of one that is not among the first. */
export function useGroupName(id: string | undefined): string | undefined {
  const { data } = useQuery({
    queryKey: ['group', id],
    enabled: id !== undefined,
    queryFn: async () => readGroup(id ?? ''),
  })
  return data?.group.name
}

export type VersionedGroup = { group: Group; etag: string | undefined }

export async function readGroup(id: string): Promise<VersionedGroup> {
  const { data, etag } = await call<Group>('GET', `/groups/${id}`)
  return { group: data, etag }
}

/** Reloads data that depends on groups and their members. */
export function useRefreshGroups(): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await queries.invalidateQueries({
      predicate: ({ queryKey: [key] }) =>
        typeof key === 'string' && /^(groups?|members|children|user-groups)/.test(key),
    })
    void queries.invalidateQueries({ queryKey: ['users'] })
  }
}
