/** htpasswd and /etc/shadow, which name no addresses, where `ROSTER_EMAIL=optional`. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { it } from 'node:test'
import { onBothEngines } from '../harness.ts'
import { createPlace } from './command-line.ts'

const typed = 'plums in the cellar 9'
const hashes = {
  apr1: '$apr1$abcdefgh$oya8kJtfAvP5.tO8Qyncy.',
  bcrypt: '$2y$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG',
  sha1: '{SHA}jJN8uiYeGKLMT87v5wV9ZvFp+As=',
  sha256: '$5$abcdefgh$23.XPAaesyoaOxeTwM26HNLCtYZ8r2G4AgcX3wqRgR.',
  sha512:
    '$6$abcdefgh$tQcBJ19zXpuLdKNZptMg62FCYBwk0pFZIq5FKFCIEJWNT9CtIEHBhLrS/s9hBSMf0Ql.dRPbz8A/j9SgjcfSw0',
  yescrypt: '$y$j9T$abcdefghijklmnopqrstuv$0123456789abcdefghijklmnopqrstuvwxyz01234567',
}
const files = {
  htpasswd: {
    lines: [
      '# of a web server',
      ...Object.entries(hashes).map(([name, hash]) => `web-${name}:${hash}`),
      'web-mail@example.com:{SHA}jJN8uiYeGKLMT87v5wV9ZvFp+As=:a comment',
    ],
    signedIn: ['web-apr1', 'web-bcrypt', 'web-sha1', 'web-sha256', 'web-sha512', 'web-mail@example.com'],
    refused: [],
    counts: { created: 6, skipped: 0, failed: 1 },
  },
  shadow: {
    lines: [
      'root:*:19000:0:99999:7:::',
      'daemon:!*:19000:0:99999:7:::',
      `unix-one:${hashes.sha512}:19000:0:99999:7:::`,
      `unix-two:${hashes.sha256}:19000:0:99999:7:::`,
      `unix-locked:!${hashes.sha512}:19000:0:99999:7:::`,
      `unix-expired:${hashes.sha512}:19000:0:99999:7::19001:`,
      `unix-new:${hashes.yescrypt}:19000:0:99999:7:::`,
    ],
    signedIn: ['unix-one', 'unix-two'],
    refused: ['unix-locked', 'unix-expired', 'unix-new', 'root'],
    counts: { created: 4, skipped: 2, failed: 1 },
  },
}
const optional = { ROSTER_EMAIL: 'optional' }

onBothEngines('files of passwords', (engine) => {
  for (const [name, { lines, signedIn, refused, counts }] of Object.entries(files))
    for (const way of ['the command line', 'HTTP'])
      it(`${name} through ${way}: its users come without an address and sign in`, async (t) => {
        const place = await createPlace(engine)
        t.after(place.clear)
        const service = await place.serve({ ...optional, ROSTER_RATE_LIMITS: 'off' })
        const text = `${lines.join('\n')}\n`
        let summary: Record<string, unknown>
        let said: string
        if (way === 'HTTP') {
          const { token } = await service.admin()
          const headers = { 'content-type': 'text/plain' }
          const answer = await service.call('POST', '/users/import', { as: token, headers, body: text })
          assert.equal(answer.status, 200, answer.text)
          said = answer.text
          summary = JSON.parse(said.trim().split('\n').at(-1)!).summary
        } else {
          writeFileSync(place.path(name), text)
          const done = await place.finish('users', 'import', place.path(name), '--json', { env: optional })
          assert.equal(done.code, 3, done.out + done.err)
          said = done.out + done.err
          summary = JSON.parse(done.out)
        }
        const { created, skipped, failed, format } = summary
        assert.deepEqual({ created, skipped, failed, format }, { ...counts, format: name }, said)
        assert.match(said, way === 'HTTP' ? /yescrypt/ : /unsupported_hash/)
        const login = (username: string) =>
          service.call('POST', '/auth/login', { body: { username, password: typed } })
        for (const username of signedIn) {
          const { status, body } = await login(username)
          assert.equal(status, 200, username)
          assert.equal(body.user.email, username.includes('@') ? username : null)
        }
        for (const username of refused) assert.equal((await login(username)).status, 401, username)
      })
})
