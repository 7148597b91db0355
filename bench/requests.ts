/** The requests of the programs that measure PostgreSQL with several processes or servers. */
import type pg from 'pg'
import { bytesOfGet, bytesOfPost } from './clients.ts'

export async function someIds(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>('select id from users order by seq limit 5000')
  return rows.map(({ id }) => id)
}

/** The name of each kind of request, and what makes its bytes. @param prefix of the names of the users that it creates */
export function requestsOf(token: string, ids: readonly string[], prefix: string) {
  const headers = { authorization: `Bearer ${token}` }
  let serial = 0
  return {
    'read by id': () => bytesOfGet(`/users/${ids[serial++ % ids.length]}`, headers),
    'page of 50': () => bytesOfGet('/users', headers),
    'substring search': () => bytesOfGet('/users?q=ar', headers),
    create: () => {
      const username = `${prefix}.${serial++}`
      return bytesOfPost('/users', { username, email: `${username}@example.com` }, headers)
    },
  }
}
