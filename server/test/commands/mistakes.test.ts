/** Each mistake on the command line gives a sentence with the remedy, and changes nothing. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { freePort } from '../postgres-server.ts'
import { runWith } from './in-process.ts'

const settings = { DATABASE_URL: 'sqlite:/nonexistent/roster.db' }

const mistakes: [args: string, code: number, said: RegExp, more?: Record<string, string>][] = [
  ['users import', 2, /^FILE is missing\.\n\nImport users/],
  ['backup one.db two.db', 2, /^"two\.db" is more than this command takes\.\n/],
  ['serve --port 1', 2, /^Unknown option '--port'\.\n\nRun the service/],
  ['user list', 2, /Did you mean roster users list\?\n$/],
  ['users lst', 2, /see roster users --help\.\nDid you mean roster users list\?\n$/],
  ['users frobnicate', 2, /^There is no command "users frobnicate"; see roster users --help\.\n$/],
  ['users list', 1, /There is no database at .*; run this in Roster's folder or set DATABASE_URL/],
  [
    'users list',
    1,
    /ROSTER_SIGNUPS is not a setting; did you mean ROSTER_SIGNUP\?$/m,
    { ROSTER_SIGNUPS: 'closed' },
  ],
  [
    'users list',
    1,
    /ROSTER_TENANTS is not a setting; `roster config` lists all of them$/m,
    { ROSTER_TENANTS: '2' },
  ],
]

for (const [args, code, said, more] of mistakes)
  it(`roster ${args}${more ? ` with ${Object.keys(more)}` : ''} says what to do`, async () => {
    const ran = await runWith({ ...settings, ...more }, args.split(' '))
    assert.deepEqual([ran.code, ran.out], [code, ''])
    assert.match(ran.err, said)
  })

it('roster users --help shows an example of each command', async () => {
  const { code, out } = await runWith(settings, ['users', '--help'])
  assert.equal(code, 0)
  assert.match(out, /\nExamples:\n( {2}roster users .*\n){12}\n/)
})

it('roster health names the address that does not answer', async () => {
  const port = String(await freePort())
  const { code, out } = await runWith({ ...settings, ROSTER_PORT: port }, ['health'])
  assert.equal(code, 1)
  assert.match(out, new RegExp(`^not reachable: nothing answers at http://127\\.0\\.0\\.1:${port}; `))
})
