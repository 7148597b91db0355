/** Roster itself, as it is by default. */
import { join } from 'node:path'
import { createAdmin } from '../admin.ts'
import { load, secretKey } from '../load.ts'
import { person } from '../people.ts'
import { startRoster } from '../service.ts'
import { ask, expectRows, next, type Peer, password } from './peer.ts'

export const roster: Peer = {
  name: 'Roster',
  install() {},
  async start(_folder, data, users) {
    const settings = {
      DATABASE_URL: `sqlite:${join(data, 'roster.db')}`,
      ROSTER_SECRET_KEY: secretKey,
      ROSTER_LOG_LEVEL: 'warn',
    }
    await load(settings.DATABASE_URL, users)
    const service = await startRoster(settings)
    const as = { authorization: `Bearer ${await createAdmin(service, settings)}` }
    const list = (query: string) => ask<{ id: string }[]>(service, 'GET', `/users?${query}`, as)
    const ids = (await list('limit=200')).map(({ id }) => id)
    const create = async () => {
      const username = `new.person.${next.number()}`
      const body = { username, email: `${username}@example.com`, first_name: 'New', password }
      await ask(service, 'POST', '/users', as, body)
      return username
    }
    const known = await create()
    return {
      service,
      run: {
        'read by id': () => ask(service, 'GET', `/users/${ids[next.number() % ids.length]}`, as),
        'page of 50': async () => expectRows(await list('limit=50'), 50),
        'exact filter': async () => {
          const { email } = person(next.number() % users)
          expectRows(await list(`filter=${encodeURIComponent(`email eq "${email}"`)}`), 1)
        },
        'substring search': async () => expectRows(await list(`limit=50&q=${next.word()}`), 50),
        'create with a password': create,
        'sign in': () => ask(service, 'POST', '/auth/login', {}, { username: known, password }),
      },
    }
  },
}
