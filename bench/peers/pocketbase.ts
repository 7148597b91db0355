/** PocketBase, built from the module that its registry has; Go must be installed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { person } from '../people.ts'
import { startProgram } from '../service.ts'
import { ask, command, expectRows, insertPeople, next, type Peer, password } from './peer.ts'

const version = 'v0.40.4'
const admin = { identity: 'admin@example.com', password: 'a password of the bench' }
const records = '/api/collections/users/records'

export const pocketbase: Peer = {
  name: `PocketBase ${version.slice(1)}`,
  install(folder) {
    if (existsSync(join(folder, 'bin/base'))) return
    const settings = ['GOTOOLCHAIN=auto', `GOBIN=${join(folder, 'bin')}`]
    command(
      folder,
      'env',
      ...settings,
      'go',
      'install',
      `github.com/pocketbase/pocketbase/examples/base@${version}`,
    )
  },
  async start(folder, data, users) {
    const program = join(folder, 'bin/base')
    // The first command makes the database.
    command(folder, program, 'superuser', 'upsert', admin.identity, admin.password, '--dir', data)
    insertPeople(join(data, 'data.db'), users, (at, { email, first_name, last_name }) => ({
      users: {
        ...{ id: `u${String(at).padStart(14, '0')}`, email, name: `${first_name} ${last_name}` },
        ...{
          password: 'none',
          tokenKey: `key-${at}-`.padEnd(50, 'k'),
          verified: 1,
          emailVisibility: 1,
          avatar: '',
        },
        ...{ created: '2026-01-01 00:00:00.000Z', updated: '2026-01-01 00:00:00.000Z' },
      },
    }))
    const args = (port: number) => ['serve', '--http', `127.0.0.1:${port}`, '--dir', data]
    const service = await startProgram(program, args, {}, '/api/health')
    const login = '/api/collections/_superusers/auth-with-password'
    const { token } = await ask<{ token: string }>(service, 'POST', login, {}, admin)
    const as = { authorization: token }
    const list = async (query: string) =>
      (await ask<{ items: { id: string }[] }>(service, 'GET', `${records}?skipTotal=1&${query}`, as)).items
    const ids = (await list('perPage=200')).map(({ id }) => id)
    const create = async () => {
      const email = `new.person.${next.number()}@example.com`
      await ask(service, 'POST', records, as, { email, name: 'New', password, passwordConfirm: password })
      return email
    }
    const known = await create()
    const filtered = (filter: string) => `filter=${encodeURIComponent(filter)}`
    return {
      service,
      run: {
        'read by id': () => ask(service, 'GET', `${records}/${ids[next.number() % ids.length]}`, as),
        'page of 50': async () => expectRows(await list('perPage=50&sort=-created'), 50),
        'exact filter': async () =>
          expectRows(await list(filtered(`email='${person(next.number() % users).email}'`)), 1),
        'substring search': async () => {
          const word = next.word()
          expectRows(await list(`perPage=50&${filtered(`(name~'${word}' || email~'${word}')`)}`), 50)
        },
        'create with a password': create,
        'sign in': async () => {
          const body = { identity: known, password }
          await ask(service, 'POST', '/api/collections/users/auth-with-password', {}, body)
        },
      },
    }
  },
}
