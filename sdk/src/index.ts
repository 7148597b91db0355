/** A client for Roster, typed by its OpenAPI document. */
import createFetchClient, { type Client, type ClientOptions } from 'openapi-fetch'
import type { components, paths } from './types.ts'

export type { components, paths } from './types.ts'
export type User = components['schemas']['User']

/** What went wrong, as every error answers it (RFC 9457). */
export type Problem = components['schemas']['Problem']

/**
 * A client of the service at `baseUrl`. `token` gives the access token or API key for each request, or undefined for
 * none; it is asked every time, so that it may change.
 */
export function createClient(
  baseUrl: string,
  token?: () => string | undefined,
  options: ClientOptions = {},
): Client<paths> {
  const client = createFetchClient<paths>({ ...options, baseUrl })
  client.use({
    onRequest({ request }) {
      const value = token?.()
      if (value !== undefined) request.headers.set('authorization', `Bearer ${value}`)
      return request
    },
  })
  return client
}
