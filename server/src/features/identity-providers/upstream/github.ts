/** GitHub and GitHub Enterprise Server: OAuth 2 without ID tokens. The API returns the user of the access token. */
import type { ServerMetadata } from 'openid-client'
import type { Egress } from '../../../egress/egress.ts'
import { isJsonObject } from '../../../encoding/json-object.ts'
import { addressOf, type Claims, textOf } from './claims.ts'

export function githubMetadata(issuer: string): ServerMetadata {
  return {
    issuer,
    authorization_endpoint: `${issuer}/login/oauth/authorize`,
    token_endpoint: `${issuer}/login/oauth/access_token`,
  }
}

/** Rejects when the API does not return the user. */
export async function githubClaims(issuer: string, token: string, fetch: Egress['fetch']): Promise<Claims> {
  const api = issuer === 'https://github.com' ? 'https://api.github.com' : `${issuer}/api/v3`
  const read = async (path: string): Promise<unknown> => {
    const response = await fetch(`${api}${path}`, {
      method: 'GET',
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'Roster',
      },
    })
    if (response.status !== 200) throw new Error(`GitHub answered ${response.status} to ${path}`)
    return response.json()
  }
  const user = await read('/user')
  const id = isJsonObject(user) ? user['id'] : undefined
  if (!isJsonObject(user) || typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0)
    throw new Error('GitHub sent no id')
  const emails = await read('/user/emails')
  // Any address can be added to an account; only the verified primary one is used.
  const primary = (Array.isArray(emails) ? emails : [])
    .filter(isJsonObject)
    .find((entry) => entry['primary'] === true && entry['verified'] === true)
  const email = addressOf(primary?.['email'])
  const [firstName, ...lastNames] = (textOf(user['name']) ?? '').split(' ')
  return {
    // The login name can change and pass to another person; the id cannot.
    subject: String(id),
    email,
    emailVerified: email !== undefined,
    username: textOf(user['login']),
    firstName: textOf(firstName),
    lastName: textOf(lastNames.join(' ')),
    all: user,
  }
}
