/** Services that check Roster's access tokens, started from the code of `docs/tasks/protect-an-api.md`. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { patiently } from '../harness/wait.ts'
import { freePort, startIssuer, startProgram } from './judge.ts'

const root = new URL('../../../', import.meta.url)
export const issuerOfPage = 'https://users.example.com'

/** The block in this language that has the text. */
export function codeOf(language: string, text: string): string {
  const page = readFileSync(new URL('docs/tasks/protect-an-api.md', root), 'utf8')
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))]
  const found = blocks.map(([, code]) => code!).find((code) => code.includes(text))
  assert.ok(found, `no block of ${language} has ${text}`)
  return found
}

/** Puts the package `@roster/sdk`, as `npm run build -w sdk` makes it, into the folder. */
export function installSdk(folder: string): void {
  const target = join(folder, 'node_modules/@roster/sdk')
  execFileSync(process.execPath, [new URL('sdk/tools/build.ts', root).pathname, target], { stdio: 'ignore' })
}

export type Protected = { issuer: string; port: number }
type Started = { command: readonly [string, ...string[]]; cwd: string; env?: Record<string, string> }

/** Starts the service that checks tokens, and asks it with a valid token and with others. */
export async function judge(
  t: TestContext,
  prepare: (where: Protected) => Started,
  settings: Record<string, string> = {},
): Promise<void> {
  const { service, issuer } = await startIssuer(t, settings)
  const user = await service.createUser({ username: 'ann', roles: ['user'] })
  const other = await startIssuer(t, settings)
  const stranger = await other.service.createUser({ username: 'ann', roles: ['user'] })
  const port = await freePort()
  const { command, cwd, env = {} } = prepare({ issuer, port })
  const url = `http://localhost:${port}/orders`
  await startProgram(t, url, command, { cwd, env: { ISSUER: issuer, PORT: String(port), ...env } })

  const ask = (token?: string) =>
    fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  // On a busy machine the keys take longer than the service of the page waits for them.
  const right = await patiently(() => ask(user.token))
  assert.equal(right.status, 200, await right.clone().text())
  assert.deepEqual(await right.json(), { owner: user.id })
  const [head, body, signature = ''] = user.token.split('.')
  const forged = [head, body, `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`].join('.')
  for (const token of [undefined, 'nonsense', forged, stranger.token])
    assert.equal((await ask(token)).status, 401, token)
}
