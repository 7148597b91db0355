/** A browser without pages that goes from site to site: it keeps the cookies of each and follows redirects. */
import { patiently } from '../applications/browser.ts'

export type Landing = { url: URL; status: number; text: string; location: URL | null }

/** @param addresses where each public origin really listens */
export function createTraveller(addresses: Readonly<Record<string, string>> = {}) {
  const jars = new Map<string, Map<string, string>>()
  const jarOf = (origin: string) => {
    if (!jars.has(origin)) jars.set(origin, new Map())
    return jars.get(origin)!
  }
  const visit = async (
    target: string | URL,
    {
      form,
      json,
      method,
      from,
    }: { form?: URLSearchParams; json?: object; method?: string; from?: string } = {},
  ): Promise<Landing & { body: unknown }> => {
    const url = new URL(target)
    const jar = jarOf(url.origin)
    const isForeignForm = form !== undefined && from !== url.origin
    const response = await patiently(`${addresses[url.origin] ?? url.origin}${url.pathname}${url.search}`, {
      method: method ?? (form || json ? 'POST' : 'GET'),
      redirect: 'manual',
      headers: {
        accept: json ? 'application/json' : 'text/html, */*;q=0.5',
        // Cookies are `SameSite=Lax`: a form of another site brings none.
        ...(jar.size > 0 &&
          !isForeignForm && { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded', origin: from ?? url.origin }),
        ...(json && { 'content-type': 'application/json' }),
        ...((json || method === 'DELETE') && { origin: url.origin }),
      },
      ...(form && { body: form.toString() }),
      ...(json && { body: JSON.stringify(json) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const equals = pair.indexOf('=')
      const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
      if (value === '' || /max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const location = response.headers.get('location')
    const text = await response.text()
    return {
      url,
      status: response.status,
      text,
      location: location === null ? null : new URL(location, url),
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined,
    }
  }
  return {
    visit,
    cookies: (origin: string) => jarOf(origin),
    /** Follows redirects until `stop` says so or a page is shown. @returns the last address */
    async follow(target: string | URL, stop: (url: URL) => boolean = () => false): Promise<URL> {
      let url = new URL(target)
      for (let turn = 0; turn < 20; turn += 1) {
        if (stop(url)) return url
        const { location, status, text } = await visit(url)
        if (location === null) {
          // A form that sends itself, as with `response_mode=form_post`.
          const action = /<form method="post" action="([^"]+)"/.exec(text)?.[1]
          if (!action) return url
          const fields = [...text.matchAll(/name="([^"]+)" value="([^"]*)"/g)]
          const form = new URLSearchParams(fields.map(([, name = '', value = '']) => [name, value]))
          const sent = await visit(action.replaceAll('&amp;', '&'), { form, from: url.origin })
          if (!sent.location) throw new Error(`the form was answered with ${sent.status}: ${sent.text}`)
          url = sent.location
          continue
        }
        if (status < 300) throw new Error(`${status} with a location`)
        url = location
      }
      throw new Error(`too many redirects, the last to ${url}`)
    },
  }
}

export type Traveller = ReturnType<typeof createTraveller>
