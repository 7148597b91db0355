/** Authenticates a bearer token. The form of the token decides which feature verifies it. */
import type { Caller } from '../caller.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
type Check = { authenticate(token: string, origin: Origin): Caller | Promise<Caller> }
type Checks = {
  apiKeys: Check & { isApiKey(token: string): boolean }
  machines: Check & { isOpaque(token: string): boolean }
  sessions: Check
}

/** Immediate if the token is cached. @throws invalid_token */
export function createBearer({ apiKeys, machines, sessions }: Checks): Check['authenticate'] {
  return (token, origin) => {
    if (apiKeys.isApiKey(token)) return apiKeys.authenticate(token, origin)
    return (machines.isOpaque(token) ? machines : sessions).authenticate(token, origin)
  }
}
