/** A browser without pages: keeps cookies and follows redirects within the service. */

import { patiently as askPatiently } from '../harness/wait.ts'
import { authorization, type Credentials } from '../harness.ts'

/** Asks again when the service is too busy. */
export const patiently = (url: string, options: RequestInit): Promise<Response> =>
  askPatiently(() => fetch(url, options))

export type Landing = { status: number; location: URL | null; text: string; headers: Headers }

export function createBrowser(serviceUrl: string, publicUrl: string, credentials: Credentials) {
  let as = credentials
  const cookies = new Map<string, string>()
  const visit = async (method: string, target: string, form?: Record<string, string>): Promise<Landing> => {
    const url = new URL(target, publicUrl)
    const response = await patiently(`${serviceUrl}${url.pathname}${url.search}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookies.size > 0 && {
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        }),
        ...(as !== undefined && { authorization: authorization(as) }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded', origin: publicUrl }),
      },
      ...(form && { body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      const value = pair.slice(equals + 1)
      if (value === '') cookies.delete(pair.slice(0, equals))
      else cookies.set(pair.slice(0, equals), value)
    }
    const location = response.headers.get('location')
    return {
      status: response.status,
      location: location === null ? null : new URL(location, url),
      text: await response.text(),
      headers: response.headers,
    }
  }
  return {
    visit,
    /** From now on with other credentials. */
    as(next: Credentials) {
      as = next
    },
    /** From now on with this cookie, `name=value`. */
    holds(cookie: string) {
      const [name = '', value = ''] = cookie.split('=', 2)
      cookies.set(name, value)
    },
    /** Follows redirects until one leads elsewhere or a page is shown. */
    async follow(target: string, form?: Record<string, string>): Promise<Landing> {
      let landing = await visit(form ? 'POST' : 'GET', target, form)
      for (let turn = 0; turn < 10; turn += 1) {
        const { location } = landing
        if (!location || location.origin !== publicUrl || location.pathname === '/sign-in') return landing
        landing = await visit('GET', location.href)
      }
      throw new Error(`too many redirects, the last to ${landing.location}`)
    },
  }
}
