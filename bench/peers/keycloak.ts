/** Keycloak in its development mode with the database in a file, from Maven Central; Java must be installed. */
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { person } from '../people.ts'
import { startProgram } from '../service.ts'
import { ask, command, expectRows, next, type Peer, password } from './peer.ts'

const version = '26.4.7'
const admin = { username: 'admin', password: 'a password of the bench' }
const realm = '/admin/realms/bench'

export const keycloak: Peer = {
  name: `Keycloak ${version}`,
  install(folder) {
    if (existsSync(join(folder, 'keycloak'))) return
    const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`
    command(
      folder,
      'mvn',
      '-q',
      '-B',
      'dependency:copy',
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${folder}`,
    )
    command(folder, 'python3', '-m', 'zipfile', '-e', `keycloak-quarkus-dist-${version}.zip`, '.')
    command(folder, 'chmod', '+x', `keycloak-${version}/bin/kc.sh`)
    symlinkSync(`keycloak-${version}`, join(folder, 'keycloak'))
  },
  async start(folder, data, users) {
    const program = join(folder, 'keycloak/bin/kc.sh')
    const args = (port: number) => [
      ...['start-dev', '--cache=local', `--http-port=${port}`],
      `--db-url=jdbc:h2:file:${data}/keycloak;NON_KEYWORDS=VALUE`,
    ]
    const settings = {
      KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
      KC_LOG_LEVEL: 'warn',
    }
    const service = await startProgram(program, args, settings, '/realms/master')
    const signIn = async (name: string, client_id: string, credentials: Record<string, string>) => {
      const path = `${service.url}/realms/${name}/protocol/openid-connect/token`
      const body = new URLSearchParams({ grant_type: 'password', client_id, ...credentials })
      const answer = await fetch(path, { method: 'POST', body })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return ((await answer.json()) as { access_token: string }).access_token
    }
    // An administrator's token lasts a minute by default.
    const first = { authorization: `Bearer ${await signIn('master', 'admin-cli', admin)}` }
    await ask(service, 'PUT', '/admin/realms/master', first, { accessTokenLifespan: 3600 })
    const as = { authorization: `Bearer ${await signIn('master', 'admin-cli', admin)}` }
    await ask(service, 'POST', '/admin/realms', as, { realm: 'bench', enabled: true })
    for (let at = 0; at < users; at += 500) {
      const some = Array.from({ length: Math.min(500, users - at) }, (_, offset) => {
        const { username, email, first_name, last_name } = person(at + offset)
        return { username, email, firstName: first_name, lastName: last_name, enabled: true }
      })
      await ask(service, 'POST', `${realm}/partialImport`, as, { ifResourceExists: 'SKIP', users: some })
    }
    const list = (query: string) => ask<{ id: string }[]>(service, 'GET', `${realm}/users?${query}`, as)
    const ids = (await list('max=200')).map(({ id }) => id)
    const create = async () => {
      const username = `new.person.${next.number()}`
      const credentials = [{ type: 'password', value: password, temporary: false }]
      const names = { firstName: 'New', lastName: 'Person', email: `${username}@example.com` }
      await ask(service, 'POST', `${realm}/users`, as, { username, ...names, enabled: true, credentials })
      return username
    }
    const known = await create()
    return {
      service,
      run: {
        'read by id': () => ask(service, 'GET', `${realm}/users/${ids[next.number() % ids.length]}`, as),
        'page of 50': async () => expectRows(await list('max=50'), 50),
        'exact filter': async () =>
          expectRows(
            await list(`exact=true&email=${encodeURIComponent(person(next.number() % users).email)}`),
            1,
          ),
        // Without the stars it would look for the beginning of names only.
        'substring search': async () => expectRows(await list(`max=50&search=*${next.word()}*`), 50),
        'create with a password': create,
        'sign in': () => signIn('bench', 'admin-cli', { username: known, password }),
      },
    }
  },
}
