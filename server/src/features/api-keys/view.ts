/** The API keys that a caller may read: their own, or those of all users with the permission `api_keys:admin`. */
import { type Caller, may, need } from '../../caller.ts'
import { fromNow } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { type ApiKey, apiKeyOf, type VersionedApiKey, versioned } from './api-key.ts'
import type { ApiKeyRow, ApiKeyStore } from './store.ts'

export type ApiKeyQuery = {
  /** `me`, `all`, or the id of a user. */
  user?: string
  unused_days?: number
  expires_before?: string
}

export function createApiKeyView(store: Pick<ApiKeyStore, 'find' | 'list'>) {
  /** @throws not_found also for keys that the caller may not read */
  const getVisible = async (caller: Caller, id: string): Promise<ApiKeyRow> => {
    const row = await store.find(id)
    const isOwn = row?.user_id === caller.userId
    if (!row || !(may(caller, 'api_keys:admin') || (isOwn && may(caller, 'api_keys:write'))))
      throw new AppError('not_found')
    return row
  }

  return {
    getVisible,

    async get(caller: Caller, id: string): Promise<VersionedApiKey> {
      return versioned(await getVisible(caller, id))
    },

    /** @throws forbidden */
    async list(
      caller: Caller,
      { user = 'me', unused_days: days, expires_before: before }: ApiKeyQuery,
      page: { limit: number; position: string | null; direction: 'next' | 'prev' },
    ): Promise<ApiKey[]> {
      // An application has no keys. Without a user id the store would list the keys of all users.
      if (user === 'me' && caller.userId === null) return []
      const userId = user === 'me' ? caller.userId : user === 'all' ? null : user.toLowerCase()
      const isOwn = userId !== null && userId === caller.userId
      if (!isOwn || !may(caller, 'api_keys:write')) need(caller, 'api_keys:admin')
      const filter = {
        userId,
        unusedSince: days === undefined ? undefined : fromNow(-days * 24 * 3600),
        expiresBefore: before === undefined ? undefined : new Date(before).toISOString(),
      }
      return (await store.list(filter, page.limit, page.position, page.direction)).map(apiKeyOf)
    },
  }
}
