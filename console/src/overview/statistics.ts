import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { Statistics } from '../api/types.ts'

export const statisticsQuery = {
  queryKey: ['users', 'statistics'],
  staleTime: 30_000,
  queryFn: async () => (await call<Statistics>('GET', '/statistics', { query: { days: 30 } })).data,
}

/** Whether the service has no mail server, so that mails are only in its log; false while this is not known. */
export function useLacksMail(): boolean {
  const may = useMay()
  const { data } = useQuery({ ...statisticsQuery, enabled: may('users:read') })
  return data?.installation.mail === false
}
