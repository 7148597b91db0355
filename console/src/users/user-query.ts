import { type QueryClient, queryOptions, useQueryClient } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import type { User } from '../api/types.ts'

export type VersionedUser = { user: User; etag: string | undefined }

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['user', id],
    queryFn: () => readUser(id),
  })

export async function readUser(id: string): Promise<VersionedUser> {
  const { data, etag } = await call<User>('GET', `/users/${id}`)
  return { user: data, etag }
}

/** Changes a user. With a version, only if it is the current one. */
export async function patchUser(
  id: string,
  body: object,
  ifMatch?: string,
  credentials?: 'keep' | 'reset',
): Promise<VersionedUser> {
  const { data, etag } = await call<User>('PATCH', `/users/${id}`, {
    body,
    ...(ifMatch && { ifMatch }),
    ...(credentials && { query: { credentials } }),
  })
  return { user: data, etag }
}

/** Stores the answer of a change in the cache, and reloads data that depends on it. */
export function useTakeOver(): (changed: VersionedUser) => void {
  const queries = useQueryClient()
  return (changed) => {
    queries.setQueryData(userQuery(changed.user.id).queryKey, changed)
    refreshAbout(queries, changed.user.id)
  }
}

export function refreshAbout(queries: QueryClient, id: string): void {
  void queries.invalidateQueries({ queryKey: ['users'] })
  void queries.invalidateQueries({ queryKey: ['sessions', id] })
  void queries.invalidateQueries({ queryKey: ['audit'] })
}
