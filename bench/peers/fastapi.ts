/** A small service with FastAPI and SQLAlchemy, as many teams write it; its packages come from PyPI. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { person } from '../people.ts'
import { startProgram } from '../service.ts'
import { ask, command, expectRows, insertPeople, next, type Peer, password } from './peer.ts'

const packages = ['fastapi', 'uvicorn[standard]', 'sqlalchemy', 'argon2-cffi', 'pyjwt', 'email-validator']

export const fastapi: Peer = {
  name: 'FastAPI + SQLAlchemy',
  install(folder) {
    if (existsSync(join(folder, 'venv/bin/uvicorn'))) return
    command(folder, 'python3', '-m', 'venv', join(folder, 'venv'))
    command(folder, join(folder, 'venv/bin/pip'), 'install', '--quiet', ...packages)
  },
  async start(folder, data, users) {
    const file = join(data, 'fastapi.db')
    const args = (port: number) => [
      ...['fastapi_app:app', '--app-dir', 'bench/peers', '--port', String(port)],
      ...['--no-access-log', '--log-level', 'warning'],
    ]
    const settings = { DATABASE: file, PYTHONDONTWRITEBYTECODE: '1' }
    const service = await startProgram(join(folder, 'venv/bin/uvicorn'), args, settings, '/health')
    insertPeople(file, users, (at, { username, email, first_name, last_name }) => ({
      users: {
        ...{ id: `u${at}`, username, email, password: 'none', created_at: `2026-01-01T${at}` },
        ...{ first_name: String(first_name), last_name: String(last_name) },
      },
    }))
    const create = async () => {
      const username = `new.person.${next.number()}`
      const body = { username, email: `${username}@example.com`, first_name: 'New', password }
      await ask(service, 'POST', '/users', {}, body)
      return username
    }
    const known = await create()
    const signIn = () =>
      ask<{ access_token: string }>(service, 'POST', '/login', {}, { username: known, password })
    const as = { authorization: `Bearer ${(await signIn()).access_token}` }
    const list = (query: string) => ask<object[]>(service, 'GET', `/users?${query}`, as)
    return {
      service,
      run: {
        'read by id': () => ask(service, 'GET', `/users/u${next.number() % 200}`, as),
        'page of 50': async () => expectRows(await list('limit=50'), 50),
        'exact filter': async () =>
          expectRows(await list(`email=${encodeURIComponent(person(next.number() % users).email)}`), 1),
        'substring search': async () => expectRows(await list(`limit=50&q=${next.word()}`), 50),
        'create with a password': create,
        'sign in': signIn,
      },
    }
  },
}
