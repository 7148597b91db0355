/** An administrator, made through the command line beside the running service. */
import { spawnSync } from 'node:child_process'
import { post, type Running } from './service.ts'

const root = new URL('..', import.meta.url).pathname

/** @returns an access token of the first administrator, made with the settings of the service */
export async function createAdmin(roster: Running, settings: Record<string, string>): Promise<string> {
  const username = `bench${Date.now()}`
  const password = 'a password of the bench'
  const made = spawnSync(
    process.execPath,
    [
      'server/bin/roster.js',
      ...[
        'admin',
        'create',
        '--username',
        username,
        '--email',
        `${username}@example.com`,
        '--password-stdin',
      ],
    ],
    { cwd: root, env: { ...process.env, ...settings }, input: password, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(made.stderr)
  return (await post(roster, '/auth/login', { username, password }))['access_token']!
}
