import { queryOptions } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import type { UserData } from '../api/types.ts'

/** All that is stored about a user. */
export const ownDataQuery = (id: string) =>
  queryOptions({
    queryKey: ['user-data', id],
    queryFn: async () => (await call<UserData>('GET', `/users/${id}/data`)).data,
  })
