import { fetchPatiently } from '../api/patience.ts'
import { page } from '../page.ts'

export type Fault = { pointer: string; code: string; detail: string }
export type Answer = {
  ok: boolean
  /** 0 when the server could not be reached. */
  status: number
  retryAfter: number
  // biome-ignore lint/suspicious/noExplicitAny: the shape follows from the route
  body: any
}

export async function send(method: string, path: string, body?: object): Promise<Answer> {
  try {
    const response = await fetchPatiently(`${page.base}${path}`, {
      method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      ok: response.ok,
      status: response.status,
      retryAfter: Number(response.headers.get('retry-after') ?? 0),
      body: /^[[{]/.test(text) ? JSON.parse(text) : {},
    }
  } catch {
    return { ok: false, status: 0, retryAfter: 0, body: {} }
  }
}
