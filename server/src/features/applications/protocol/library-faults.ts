/** Workarounds for requests that would make the library fail. */

import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { protocolLifetimes } from '../../../lifetimes.ts'

/** A part of the library that is missing in its types. */
type SessionModel = { id: string; exp?: number; save(seconds: number): Promise<unknown> }
type Persisting = { prototype: SessionModel & { persist(this: SessionModel): Promise<unknown> } }

const attributes = { httpOnly: true, sameSite: 'lax', signed: true } as const
export const libraryCookies = {
  names: { session: 'roster_oauth', interaction: 'roster_oauth_step', resume: 'roster_oauth_resume' },
  long: attributes,
  short: attributes,
}

/**
 * After an error the form for the code of a device is shown again. For a browser without a session, the library then
 * creates a session but does not save it. This code saves the session, and the browser gets its cookie.
 */
export function saveFirstSessions(provider: Provider, context: () => KoaContextWithOIDC | undefined): void {
  const { prototype } = provider.Session as unknown as Persisting
  const { persist } = prototype
  prototype.persist = function persistOrSave() {
    if (this.exp !== undefined) return persist.call(this)
    context()?.oidc.cookies.set(libraryCookies.names.session, this.id, libraryCookies.long)
    return this.save(protocolLifetimes.Session)
  }
}

/** Koa would answer other errors in plain text, without our headers and without a log line. */
export function answerFaults(provider: Provider, failed: (error: unknown) => void): void {
  provider.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      failed(error)
      ctx.status = 500
      ctx.body = { error: 'server_error' }
    }
  })
}
