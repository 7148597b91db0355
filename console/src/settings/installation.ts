import { call } from '../api/call.ts'
import type { Installation } from '../api/types.ts'

export const installationQuery = {
  queryKey: ['installation'],
  staleTime: 30_000,
  queryFn: async () => (await call<Installation>('GET', '/installation')).data,
}
