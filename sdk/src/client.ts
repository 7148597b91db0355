/** The client: how it is made and what it has. */
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
  /** Where the service is, with its path if it has one. Left out, it is the origin of the page. */
  baseUrl?: string
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch
  /**
   * `same-origin`: the cookie of the service, for its own pages. Left out, the client keeps a pair of tokens after
   * `auth.signIn`, unless `getToken` is given.
   */
  credentials?: 'same-origin' | 'include'
  /** Gives the access token or API key for each call, or undefined for none. */
  getToken?: () => string | undefined | Promise<string | undefined>
  /** For a program without a user: the client asks for tokens of this `machine` application by itself. */
  clientCredentials?: ClientCredentials
  /** Where the tokens of `auth.signIn` are kept; in memory unless told. */
  tokens?: TokenStore
  /** How often a call that may be repeated is sent again after 429, 503 or a fault of the network; 2 unless told. */
  retries?: number
  /** The longest wait before a call is sent again; 10 seconds unless told. A longer `Retry-After` is thrown. */
  maxRetryDelayMs?: number
  /** How long one answer may take, imports and exports aside; 30 seconds unless told. */
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
