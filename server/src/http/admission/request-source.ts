/**
 * Checks which page caused a request. Browsers also add cookies and stored Basic credentials to requests that pages of
 * other sites cause (CSRF), so requests that change something are checked here.
 */
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../errors.ts'

export type RequestSource = {
  /**
   * For Basic. Accepts our own pages, pages of the origins that are configured for CORS, and programs, which send
   * neither `Origin` nor `Sec-Fetch-Site`.
   * @throws csrf_rejected
   */
  checkBasic(request: IncomingMessage): void
  /**
   * For routes that only our own pages and programs may call: as for Basic, without the origins of CORS.
   * @throws csrf_rejected
   */
  checkOwnPage(request: IncomingMessage): void
  /**
   * For the session cookie. False if the cookie must be ignored: the request comes from an origin that is configured for
   * CORS, or reads something for a page of another site.
   * @throws csrf_rejected for changes, unless the browser shows that the page is ours
   */
  mayUseCookie(request: IncomingMessage): boolean
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export function requestSource(options: { publicUrl: string; corsOrigins: readonly string[] }): RequestSource {
  const own = new URL(options.publicUrl)
  const trusted = new Set(options.corsOrigins.map((origin) => origin.toLowerCase()))
  const isOwn = (origin: string, host: string | undefined) =>
    origin === own.origin || (host !== undefined && isOfHost(origin, host, own.protocol === 'https:'))

  const isForeign = ({ headers }: IncomingMessage) => {
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
    return headers.origin !== undefined && !isOwn(headers.origin, headers.host)
  }
  const isTrusted = ({ headers }: IncomingMessage) =>
    headers.origin !== undefined && trusted.has(headers.origin) && !isOwn(headers.origin, headers.host)

  return {
    checkBasic(request) {
      if (safeMethods.has(request.method ?? '') || isTrusted(request)) return
      if (isForeign(request)) throw new AppError('csrf_rejected')
    },

    checkOwnPage(request) {
      if (isForeign(request)) throw new AppError('csrf_rejected')
    },

    mayUseCookie(request) {
      if (isTrusted(request)) return false
      const { origin } = request.headers
      const site = request.headers['sec-fetch-site']
      if (safeMethods.has(request.method ?? ''))
        // A link on another site opens our page with the session. Images and frames on another site get no session.
        return !isForeign(request) || (origin === undefined && isNavigation(request))
      if (isForeign(request) || site === 'none' || (site === undefined && origin === undefined))
        throw new AppError('csrf_rejected')
      return true
    },
  }
}

function isNavigation({ headers }: IncomingMessage): boolean {
  const destination = headers['sec-fetch-dest']
  return headers['sec-fetch-mode'] === 'navigate' && (destination === undefined || destination === 'document')
}

/** Clients may use another host name than the public one. If the public URL is https, a page without TLS is not ours. */
function isOfHost(origin: string, host: string, needsTls: boolean): boolean {
  return origin === `https://${host}` || (!needsTls && origin === `http://${host}`)
}
