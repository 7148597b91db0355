/**
 * The tokens of an answer are written while its other parts are created, such as the signature of the ID token. The
 * answer waits for these writes. Writes that begin together share one commit, and so wait for the disk only once.
 */
import type Provider from 'oidc-provider'
import type { Adapter } from 'oidc-provider'

const kinds: ReadonlySet<string> = new Set(['AccessToken', 'RefreshToken'])
const writing = new WeakMap<object, Promise<unknown>[]>()

/** @param context the request that is answered now */
export function writeBeside(kind: string, adapter: Adapter, context: () => object | undefined): Adapter {
  if (!kinds.has(kind)) return adapter
  return {
    ...adapter,
    async upsert(...record) {
      const request = context()
      const written = adapter.upsert(...record)
      if (request === undefined) return written
      // `awaitWrites` learns of a failure.
      written.catch(() => {})
      writing.set(request, [...(writing.get(request) ?? []), written])
    },
  }
}

/** A failed write fails the request. */
export function awaitWrites(provider: Provider): void {
  provider.use(async (ctx, next) => {
    await next()
    await Promise.all(writing.get(ctx) ?? [])
  })
}
