/** A user of a running service, with an access token. */
import { post, type Running } from './service.ts'

export async function signUp(roster: Running): Promise<{ id: string; authorization: string }> {
  const credentials = { username: `bench${Date.now()}`, password: 'correct horse battery' }
  const email = `${credentials.username}@example.com`
  const { id } = await post(roster, '/users', { ...credentials, email })
  const { access_token: token } = await post(roster, '/auth/login', credentials)
  return { id: id!, authorization: `Bearer ${token}` }
}
