/** `client.auth`: sign in, sign out, who is signed in. */
import type { Send } from '../call.ts'
import { isRosterError } from '../errors.ts'
import type { TokenSession } from '../tokens.ts'
import type { CallOptions } from '../transport.ts'
import type { components } from '../types.ts'

type User = components['schemas']['User']
type TokenPair = components['schemas']['TokenPair']

/** `username` is a username or an e-mail address; `shared_computer` is for cookies only. */
export type SignInFields = components['schemas']['BrowserCredentials']

/** The signed-in user and the permissions. */
export type SignedIn = components['schemas']['SignedIn']

export type Auth = {
  /** Signs in with a password. @throws invalid_credentials, or too_many_requests with `retry_after` */
  signIn(fields: SignInFields, options?: CallOptions): Promise<{ user: User }>
  /** Ends the session. A missing session is not an error. */
  signOut(options?: CallOptions): Promise<void>
  /** The signed-in user, or null. */
  session(options?: CallOptions): Promise<SignedIn | null>
}

/** With the cookie of the service, for pages of its origin. */
export function cookieAuth(send: Send): Auth {
  return {
    async signIn(fields, options) {
      const { data } = await send('POST', '/auth/session', { ...options, body: fields, retry: false })
      return data as SignedIn
    },
    async signOut(options) {
      await send('DELETE', '/auth/session', options).catch(ignoreEnded)
    },
    session: (options) => session(send, options),
  }
}

/** With a pair of tokens, stored in `tokens`. */
export function tokenAuth(send: Send, tokens: TokenSession): Auth {
  return {
    async signIn({ username, password }, options) {
      const body = { username, password }
      const answer = await send('POST', '/auth/login', {
        ...options,
        body,
        authenticated: false,
        retry: false,
      })
      const pair = answer.data as TokenPair
      await tokens.keep(pair)
      return { user: pair.user }
    },
    async signOut(options) {
      try {
        if (await tokens.has()) await send('POST', '/auth/logout', options).catch(ignoreEnded)
      } finally {
        await tokens.forget()
      }
    },
    session: async (options) => ((await tokens.has()) ? session(send, options) : null),
  }
}

/** With a token of the application, which signs in and out itself. */
export function givenAuth(send: Send): Auth {
  const refuse = async () => {
    throw new TypeError('This client has getToken: sign in where that token comes from.')
  }
  return { signIn: refuse, signOut: refuse, session: (options) => session(send, options) }
}

export function refreshWith(send: Send) {
  return async (refresh_token: string): Promise<TokenPair> => {
    const { data } = await send('POST', '/auth/refresh', { body: { refresh_token }, authenticated: false })
    return data as TokenPair
  }
}

async function session(send: Send, options?: CallOptions): Promise<SignedIn | null> {
  try {
    return (await send('GET', '/auth/session', options)).data as SignedIn
  } catch (error) {
    if (isRosterError(error) && error.status === 401) return null
    throw error
  }
}

function ignoreEnded(error: unknown): void {
  if (!isRosterError(error) || error.status !== 401) throw error
}
