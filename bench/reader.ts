/** A user of a running service, with an access token. */
import type { Running } from './service.ts'

export async function signUp(roster: Running): Promise<{ id: string; authorization: string }> {
  const post = async (path: string, body: object) => {
    const response = await fetch(`${roster.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Record<string, string>
  }
  const credentials = { username: `bench${Date.now()}`, password: 'correct horse battery' }
  const { id } = await post('/users', { ...credentials, email: `${credentials.username}@example.com` })
  const { access_token: token } = await post('/auth/login', credentials)
  return { id: id!, authorization: `Bearer ${token}` }
}
