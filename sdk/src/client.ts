/** Creates the client. */
import { type Call, createSend } from './call.ts'
import { type ClientCredentials, machineTokens } from './machine.ts'
import {
  type ApiKeys,
  type Audit,
  createApiKeys,
  createAudit,
  createRoles,
  type Roles,
} from './resources/access.ts'
import { type Account, createAccount } from './resources/account.ts'
import { type Auth, cookieAuth, givenAuth, refreshWith, tokenAuth } from './resources/auth.ts'
import { createSessions, createUsers, type Sessions, type Users } from './resources/users.ts'
import { memoryTokens, type TokenStore, tokenSession } from './tokens.ts'
import { type Credentials, createTransport } from './transport.ts'

export type ClientOptions = {
  /** The URL of the service, with its path if it has one. The default is the origin of the page. */
  baseUrl?: string
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch
  /**
   * `same-origin`: the cookie of the service, for pages of its origin. By default the client stores a pair of tokens
   * after `auth.signIn`, unless `getToken` is given.
   */
  credentials?: 'same-origin' | 'include'
  /** Returns the access token or API key for each call; undefined for none. */
  getToken?: () => string | undefined | Promise<string | undefined>
  /** For a program without a user: the client requests tokens of this `machine` application automatically. */
  clientCredentials?: ClientCredentials
  /** The storage of the tokens of `auth.signIn`; memory by default. */
  tokens?: TokenStore
  /** The maximum number of repetitions of an idempotent call after 429, 503 or a network error; 2 by default. */
  retries?: number
  /** The maximum wait before a repetition; 10 seconds by default. A longer `Retry-After` is thrown. */
  maxRetryDelayMs?: number
  /** The timeout of an answer, except imports and exports; 30 seconds by default. */
  timeoutMs?: number
}

export type RosterClient = {
  /** Any operation of the OpenAPI document, by its method and path. */
  call: Call
  auth: Auth
  users: Users
  sessions: Sessions
  roles: Roles
  apiKeys: ApiKeys
  audit: Audit
  account: Account
}

export function createClient(options: ClientOptions = {}): RosterClient {
  const { getToken, credentials: mode, clientCredentials: machine } = options
  if ([getToken, machine, mode ?? options.tokens].filter(Boolean).length > 1)
    throw new TypeError('Give getToken, credentials, clientCredentials or tokens, not two of them.')
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '')
  const tokens = tokenSession(options.tokens ?? memoryTokens(), `roster ${baseUrl}`, () => refreshWith(send))
  // Browsers call `fetch` only as a function of the window.
  const fetch = options.fetch ?? ((...parameters) => globalThis.fetch(...parameters))
  const timeoutMs = options.timeoutMs ?? 30_000
  const ofMachine = machine && machineTokens({ baseUrl, fetch, timeoutMs }, machine)
  const transport = createTransport({
    baseUrl,
    fetch,
    credentials: ofMachine ?? (mode ? cookies(mode) : getToken ? given(getToken) : tokens),
    retries: options.retries ?? 2,
    maxRetryDelayMs: options.maxRetryDelayMs ?? 10_000,
    timeoutMs,
  })
  const send = createSend(transport)
  return {
    call: send as unknown as Call,
    auth: mode ? cookieAuth(send) : getToken || machine ? givenAuth(send) : tokenAuth(send, tokens),
    users: createUsers(send, transport),
    sessions: createSessions(send),
    roles: createRoles(send),
    apiKeys: createApiKeys(send),
    audit: createAudit(send),
    account: createAccount(send),
  }
}

function cookies(mode: RequestCredentials): Credentials {
  return { mode, token: async () => undefined, refused: async () => false }
}

function given(getToken: NonNullable<ClientOptions['getToken']>): Credentials {
  return {
    mode: 'omit',
    token: async () => getToken(),
    refused: async (token) => {
      const next = await getToken()
      return next !== undefined && next !== token
    },
  }
}
