/** Tokens of a machine application: requested with its secret, and renewed before one expires or when one is refused. */
import { RosterError } from './errors.ts'
import type { Credentials } from './transport.ts'

export type ClientCredentials = {
  clientId: string
  clientSecret: string
  /** The permissions of the tokens, a part of those of the application. */
  scope: readonly string[]
}

type Token = { value: string; endsAt: number }
type Answer = { access_token?: string; expires_in?: number; error?: string; error_description?: string }

/** A token that expires within this time is replaced before its use. */
const marginMs = 20_000

export function machineTokens(
  { baseUrl, fetch: send, timeoutMs }: { baseUrl: string; fetch: typeof fetch; timeoutMs: number },
  { clientId, clientSecret, scope }: ClientCredentials,
): Credentials {
  let known: Token | undefined
  let running: Promise<Token> | undefined

  const ask = async (): Promise<Token> => {
    const pair = [clientId, clientSecret].map(encodeURIComponent).join(':')
    const request = {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(pair)}`, accept: 'application/json' },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: scope.join(' ') }),
      signal: AbortSignal.timeout(timeoutMs),
    }
    const response = await send(`${baseUrl}/oauth2/token`, request).catch((cause: unknown) => {
      const detail = 'The service did not give a token.'
      throw new RosterError({ status: 0, code: 'network_error', title: 'No answer', detail }, { cause })
    })
    const answer: Answer = await response.json().catch(() => ({}))
    const { access_token: value, expires_in = 0 } = answer
    if (value !== undefined) return { value, endsAt: Date.now() + expires_in * 1000 }
    throw new RosterError({
      status: response.status,
      code: response.status === 401 ? 'invalid_credentials' : 'unexpected_response',
      title: answer.error ?? 'No token',
      detail: answer.error_description ?? 'The service did not give a token.',
    })
  }
  /** Requests one token, even if several concurrent calls need it. */
  const renew = async (): Promise<string> => {
    running ??= ask().finally(() => {
      running = undefined
    })
    known = await running
    return known.value
  }

  return {
    mode: 'omit',
    token: async () => (known && known.endsAt - marginMs > Date.now() ? known.value : renew()),
    refused: async (token) => {
      if (known?.value !== token) return known !== undefined
      await renew()
      return true
    },
  }
}
