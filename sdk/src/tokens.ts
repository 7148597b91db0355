/** The tokens of a session: kept, and renewed once however many calls need it at the same time. */
import { isRosterError } from './errors.ts'
import type { Credentials } from './transport.ts'

export type Tokens = {
  access_token: string
  refresh_token: string
  /** When the access token ends, in milliseconds since 1970 by this machine's clock. */
  expires_at: number
}

/** Where the tokens are kept. Give your own to keep them longer than the process. */
export type TokenStore = {
  get(): Tokens | null | Promise<Tokens | null>
  set(tokens: Tokens | null): void | Promise<void>
}

/** Keeps the tokens in memory. */
export function memoryTokens(initial: Tokens | null = null): TokenStore {
  let kept = initial
  return {
    get: () => kept,
    set(tokens) {
      kept = tokens
    },
  }
}

export type TokenSession = Credentials & {
  keep(pair: { access_token: string; refresh_token: string; expires_in: number }): Promise<void>
  forget(): Promise<void>
  has(): Promise<boolean>
}

type Refresh = (
  refreshToken: string,
) => Promise<{ access_token: string; refresh_token: string; expires_in: number }>

/** An access token that ends this soon is renewed before it is used. */
const marginMs = 20_000

export function tokenSession(store: TokenStore, lockName: string, refresh: () => Refresh): TokenSession {
  let running: Promise<Tokens | null> | undefined

  const keep: TokenSession['keep'] = async ({ access_token, refresh_token, expires_in }) =>
    store.set({ access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 })

  /** Renews the pair unless another tab or process has done so since `stale` was read. */
  const renew = async (stale: Tokens): Promise<Tokens | null> => {
    const current = await store.get()
    if (current === null || current.access_token !== stale.access_token) return current
    try {
      await keep(await refresh()(current.refresh_token))
    } catch (error) {
      const isOver = isRosterError(error, 'invalid_grant') || isRosterError(error, 'invalid_token')
      if (!isOver) throw error
      await store.set(null)
    }
    return store.get()
  }

  const renewOnce = (stale: Tokens): Promise<Tokens | null> => {
    running ??= withLock(lockName, () => renew(stale)).finally(() => {
      running = undefined
    })
    return running
  }

  return {
    mode: 'omit',
    async token() {
      const tokens = await store.get()
      if (tokens === null) return undefined
      if (tokens.expires_at - marginMs > Date.now()) return tokens.access_token
      return (await renewOnce(tokens))?.access_token
    },
    async refused(token) {
      const tokens = await store.get()
      if (tokens === null) return false
      if (tokens.access_token !== token) return true
      return (await renewOnce(tokens)) !== null
    },
    keep,
    forget: async () => store.set(null),
    has: async () => (await store.get()) !== null,
  }
}

/** One at a time among the tabs of a browser, where it can lock. */
function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManager }
  return locks === undefined ? work() : (locks.request(name, work) as Promise<T>)
}
