/** The code of docs/webhooks.md verifies real messages, and refuses changed ones. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { newWebhookSecret, signedHeaders } from '../../src/egress/signing.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/webhooks.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code)

const secret = newWebhookSecret()
const body = '{"type":"user.created","data":{"name":"Zoë"}}'
const message = (seconds: number) => ({
  secret,
  body,
  headers: signedHeaders([newWebhookSecret(), secret], {
    id: '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90',
    seconds,
    body,
  }),
})
const genuine = message(Math.floor(Date.now() / 1000))
const refused = [
  { ...genuine, body: body.replace('Zoë', 'Zoe') },
  { ...genuine, secret: newWebhookSecret() },
  message(Math.floor(Date.now() / 1000) - 3600),
]

describe('docs/webhooks.md', () => {
  it('verifies with JavaScript', async () => {
    const [code = ''] = blocks('js')
    const folder = mkdtempSync(join(root, 'server/test/.snippet-'))
    try {
      writeFileSync(join(folder, 'receive.js'), code)
      const { receive } = await import(join(folder, 'receive.js'))
      assert.deepEqual(receive(genuine.secret, genuine.headers, genuine.body), JSON.parse(body))
      for (const one of refused) assert.throws(() => receive(one.secret, one.headers, one.body))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const hasPython = spawnSync('python3', ['--version']).status === 0
  const hasLibrary = hasPython && spawnSync('python3', ['-c', 'import standardwebhooks']).status === 0
  for (const [index, code] of blocks('python').entries()) {
    const isThere = code.includes('standardwebhooks') ? hasLibrary : hasPython
    it(`verifies with Python (${index + 1})`, { skip: !isThere && 'it is not installed' }, () => {
      const cases = JSON.stringify([genuine, ...refused])
      const script = `${code}
import sys
for index, case in enumerate(json_cases):
    try:
        event = receive(case["secret"], case["headers"], case["body"])
        assert index == 0 and event["data"]["name"] == "Zoë", index
    except AssertionError:
        raise
    except Exception as error:
        assert index > 0, error
`.replace('json_cases', '__import__("json").loads(sys.stdin.read())')
      execFileSync('python3', ['-c', script], { input: cases, env: { ...process.env, PYTHONUTF8: '1' } })
    })
  }
})
