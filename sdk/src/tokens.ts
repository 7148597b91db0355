/** The tokens of a session: stored, and renewed once even if several concurrent calls need it. */
import { isRosterError } from './errors.ts'
import type { Credentials } from './transport.ts'

export type Tokens = {
  access_token: string
  refresh_token: string
  /** The expiry of the access token, in milliseconds since 1970 by the clock of this machine. */
  expires_at: number
}

/** The storage of the tokens. Pass your own to keep them longer than the process. */
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

/** An access token that expires within this time is renewed before its use. */
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

/** One at a time for all tabs of a browser, if it supports locks. */
function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis.navigator ?? {}) as { locks?: LockManager }
  return locks === undefined ? work() : (locks.request(name, work) as Promise<T>)
}
