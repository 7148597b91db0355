/**
 * Which page caused a request. A browser adds cookies and remembered Basic credentials also to requests that pages of
 * other sites cause (CSRF), so requests that change something are checked here first.
 */
import type { IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'

export type RequestSource = {
  /**
   * For Basic. Programs send neither `Origin` nor `Sec-Fetch-Site` and pass; so do our own pages and those of the
   * origins that are configured for CORS. @throws csrf_rejected
   */
  checkBasic(request: IncomingMessage): void
  /**
   * For the session cookie, which only our own pages use: the browser has to say that the page is ours.
   * @throws csrf_rejected
   */
  checkCookie(request: IncomingMessage): void
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function requestSource(options: { publicUrl: string; corsOrigins: readonly string[] }): RequestSource {
  const own = new URL(options.publicUrl)
  const trusted = new Set(options.corsOrigins.map((origin) => origin.toLowerCase()))
  const isOwn = (origin: string, host: string | undefined) =>
    origin === own.origin || (host !== undefined && isOfHost(origin, host, own.protocol === 'https:'))

  return {
    checkBasic(request) {
      if (safeMethods.has(request.method ?? '')) return
      const { origin, host } = request.headers
      if (origin !== undefined && trusted.has(origin)) return
      const site = request.headers['sec-fetch-site']
      const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none'
      if (isForeign || (origin !== undefined && !isOwn(origin, host))) throw new AppError('csrf_rejected')
    },
    checkCookie(request) {
      if (safeMethods.has(request.method ?? '')) return
      const { origin, host } = request.headers
      const site = request.headers['sec-fetch-site']
      if (site !== undefined && site !== 'same-origin') throw new AppError('csrf_rejected')
      if (origin === undefined ? site === undefined : !isOwn(origin, host))
        throw new AppError('csrf_rejected')
    },
  }
}

/** The service may be reached by another name than its public one; a page without TLS is not ours where ours have it. */
function isOfHost(origin: string, host: string, needsTls: boolean): boolean {
  return origin === `https://${host}` || (!needsTls && origin === `http://${host}`)
}
