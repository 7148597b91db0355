/** Better Auth with its plugins for administrators and bearer tokens, from npm. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { person } from '../people.ts'
import { start } from '../service.ts'
import { ask, command, expectRows, insertPeople, next, type Peer, password } from './peer.ts'

const version = '1.7.25'

export const betterAuth: Peer = {
  name: `Better Auth ${version}`,
  install(folder) {
    if (existsSync(join(folder, 'node_modules/better-auth'))) return
    command(folder, 'npm', 'install', '--prefix', folder, '--ignore-scripts', `better-auth@${version}`)
  },
  async start(folder, data, users) {
    const file = join(data, 'better-auth.db')
    const settings = { BETTER_AUTH: folder, DATABASE: file }
    const service = await start(['bench/peers/better-auth-server.mjs'], settings, '/api/auth/ok')
    // The library refuses requests with a body from a page of another origin.
    const origin = { origin: service.url }
    const admin = { email: 'admin@example.com', password, name: 'Admin' }
    await ask(service, 'POST', '/api/auth/sign-up/email', origin, admin)
    const db = new DatabaseSync(file)
    db.exec(`update user set role = 'admin'`)
    db.close()
    insertPeople(file, users, (at, { email, first_name, last_name }) => ({
      user: {
        ...{ id: `u${at}`, email, name: `${first_name} ${last_name}`, emailVerified: 1, role: 'user' },
        ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z', banned: 0 },
      },
    }))
    const { token } = await ask<{ token: string }>(service, 'POST', '/api/auth/sign-in/email', origin, admin)
    const as = { ...origin, authorization: `Bearer ${token}` }
    const list = async (query: string) => {
      const path = `/api/auth/admin/list-users?${query}`
      return (await ask<{ users: { id: string }[] }>(service, 'GET', path, as)).users
    }
    const create = async () => {
      const email = `new.person.${next.number()}@example.com`
      await ask(service, 'POST', '/api/auth/admin/create-user', as, { email, name: 'New', password })
      return email
    }
    const known = await create()
    return {
      service,
      run: {
        'read by id': () => ask(service, 'GET', `/api/auth/admin/get-user?id=u${next.number() % 200}`, as),
        'page of 50': async () => expectRows(await list('limit=50'), 50),
        'exact filter': async () => {
          const email = encodeURIComponent(person(next.number() % users).email)
          expectRows(await list(`limit=50&filterField=email&filterOperator=eq&filterValue=${email}`), 1)
        },
        'substring search': async () =>
          expectRows(
            await list(`limit=50&searchField=email&searchOperator=contains&searchValue=${next.word()}`),
            50,
          ),
        'create with a password': create,
        'sign in': () => ask(service, 'POST', '/api/auth/sign-in/email', origin, { email: known, password }),
      },
    }
  },
}
