/** The packed client works outside the workspace: in each runtime that is here, for the compiler, in a bundle. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createEngine, password, type Service, type TestUser } from '../../server/test/harness.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const { engine, cleanUp } = createEngine('sqlite')
const project = mkdtempSync(join(tmpdir(), 'roster-package-'))
const installed = join(project, 'node_modules/@roster/sdk')
let service: Service
let admin: TestUser

/** Signs in, reads, meets an error, imports, exports and checks the token. */
const program = `
import { createClient, isRosterError, memoryTokens } from '@roster/sdk'
import { verifyAccessToken } from '@roster/sdk/verify'
import { withUser } from '@roster/sdk/next'
const [baseUrl, username, password] = process.argv.slice(2)
const tokens = memoryTokens()
const roster = createClient({ baseUrl, tokens })
await roster.auth.signIn({ username, password })
const me = await roster.users.get('me')
await roster.users.update('me', { first_name: 'Ada' }, { ifMatch: me.etag })
const error = await roster.users.get('019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90').catch((thrown) => thrown)
const name = 'in-' + Math.random().toString(36).slice(2)
const rows = new Blob([JSON.stringify({ username: name, email: name + '@example.com' })])
const { created } = await roster.users.import(rows)
const names = []
for await (const user of (await roster.users.export({ username: name })).rows()) names.push(user.username)
const options = { issuer: 'http://roster.test', jwksUrl: baseUrl + '/.well-known/jwks.json' }
const claims = await verifyAccessToken((await tokens.get()).access_token, options)
await roster.auth.signOut()
console.log(JSON.stringify({
  me: me.username,
  missing: isRosterError(error, 'not_found'),
  created,
  exported: names.length,
  verified: claims.sub === me.id,
  adapter: typeof withUser,
}))
process.exit(0)
`
const expected = { me: 'admin', missing: true, created: 1, exported: 1, verified: true, adapter: 'function' }

before(async () => {
  service = await engine.start()
  admin = await service.admin()
  const dist = join(project, 'dist')
  execFileSync(process.execPath, [join(root, 'sdk/tools/build.ts'), dist], { stdio: 'inherit' })
  execFileSync('npm', ['pack', '--pack-destination', project], { cwd: dist, stdio: 'ignore' })
  rmSync(dist, { recursive: true })
  mkdirSync(installed, { recursive: true })
  const archive = join(project, readdirSync(project).find((name) => name.endsWith('.tgz'))!)
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1'])
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
  writeFileSync(join(project, 'main.js'), program)
})
after(async () => {
  rmSync(project, { recursive: true, force: true })
  await cleanUp()
})

/** Where the program is: named by the variable, or in PATH. */
function found(name: string, isIt: (path: string) => boolean = () => true): string | undefined {
  const named = process.env[`ROSTER_TEST_${name.toUpperCase()}`]
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name))
  return [...(named ? [named] : []), ...paths].find((path) => existsSync(path) && isIt(path))
}

const isNode20 = (path: string) => execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith('v20.')
const runtimes: [name: string, path: string | undefined, args: string[]][] = [
  ['Node 24', process.execPath, []],
  ['Node 20', found('node', isNode20), []],
  ['Deno', found('deno'), ['run', '--allow-all', '--no-prompt']],
  ['Bun', found('bun'), []],
]

describe('the packed client', () => {
  it('has no TypeScript but declarations, and no dependencies', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    assert.deepEqual(
      files.filter((name) => /\.ts$/.test(name) && !/\.d\.ts$/.test(name)),
      [],
    )
    const { dependencies, exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    assert.equal(dependencies, undefined)
    for (const targets of Object.values<Record<string, string>>(exports)) {
      for (const file of Object.values(targets)) assert.ok(existsSync(join(installed, file)), file)
    }
  })

  for (const [name, path, args] of runtimes) {
    it(`works in ${name}`, { skip: path === undefined ? `${name} is not installed` : false }, async () => {
      const command = [...args, 'main.js', service.url, admin.username, password]
      const { stdout } = await run(path!, command, { cwd: project, env: { ...process.env, HOME: project } })
      assert.deepEqual(JSON.parse(stdout), expected)
    })
  }

  it('is typed', async () => {
    const file = `import { createClient, type User } from '@roster/sdk'
import { requireUser } from '@roster/sdk/express'
const roster = createClient({ baseUrl: 'http://localhost' })
const name: string = (await roster.users.get('me')).username
const users: User[] = (await roster.users.list({ status: 'active' })).items
const version: string = (await roster.call('GET', '/')).data.version
// @ts-expect-error there is no such status
await roster.users.list({ status: 'asleep' })
// @ts-expect-error the path parameter is missing
await roster.call('GET', '/users/{id}')
export { name, requireUser, users, version }
`
    writeFileSync(join(project, 'typed.ts'), file)
    const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
    const options = '--noEmit --strict --target es2022 --lib es2022,dom --module nodenext'.split(' ')
    const args = [join(compiler, 'bin/tsc'), ...options, 'typed.ts']
    const result = await run(process.execPath, args, { cwd: project }).catch((error) => error)
    assert.equal(result.stdout, '')
  })

  const vite = join(root, 'node_modules/vite/bin/vite.js')
  it('is bundled by Vite', { skip: existsSync(vite) ? false : 'Vite is not installed' }, async () => {
    writeFileSync(join(project, 'index.html'), '<script type="module" src="page.js"></script>')
    writeFileSync(
      join(project, 'page.js'),
      `import { createClient } from '@roster/sdk'
createClient({ credentials: 'same-origin' }).auth.session().then(console.log)`,
    )
    await run(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: project })
    const bundle = readdirSync(join(project, 'dist/assets')).find((name) => name.endsWith('.js'))!
    const code = readFileSync(join(project, 'dist/assets', bundle), 'utf8')
    assert.match(code, /\/auth\/session/)
    assert.doesNotMatch(code, /jwks/)
    assert.ok(code.length < 20_000, `${code.length} bytes`)
  })
})
