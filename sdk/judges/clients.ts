/**
 * Generates clients from `sdk/openapi.json` with the tools that are there, and lets each drive the same flow against a
 * service of its own: sign in, create, list, change, a stale If-Match, a name that is taken, a wrong body, delete.
 *
 * node sdk/judges/clients.ts TOOLS [CLIENT …]
 *
 * TOOLS is a folder with what README.md installs. Ends with 1 when a client fails.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const [folder, ...chosen] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: clients.ts TOOLS [CLIENT …]')
const tools = resolve(folder)
const root = join(import.meta.dirname, '../..')
const document = join(root, 'sdk/openapi.json')
const drivers = join(import.meta.dirname, 'clients')
const work = mkdtempSync(join(tmpdir(), 'roster-clients-'))
const port = 30_000 + (process.pid % 10_000)
const url = `http://127.0.0.1:${port}`
const password = 'correct horse battery'
const python = join(tools, 'bin/python')

async function run(where: string, command: string, ...words: string[]): Promise<string> {
  const options = { cwd: where, maxBuffer: 64 * 1024 * 1024, timeout: 900_000 }
  const { stdout } = await promisify(execFile)(command, words, options)
  return stdout
}

const inTools = (name: string) => join(tools, 'node_modules/.bin', name)
const generator = (where: string, language: string, ...words: string[]) =>
  run(where, join(tools, 'bin/openapi-generator-cli'), 'generate', '-i', document, '-g', language, ...words)

/** CommonJS, since generated files import each other without extensions. */
async function compiled(where: string, driver: string): Promise<void> {
  cpSync(join(drivers, `${driver}.ts`), join(where, 'drive.ts'))
  writeFileSync(join(where, 'package.json'), '{}')
  const words = ['--target', 'es2022', '--module', 'commonjs', '--moduleResolution', 'node10', '--strict']
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node', '--skipLibCheck']
  await run(where, inTools('tsc'), ...words, ...types, '--outDir', 'compiled', 'drive.ts')
}

async function module(where: string, driver: string, file: string): Promise<void> {
  cpSync(join(drivers, driver), join(where, file))
  await run(where, 'go', 'mod', 'tidy')
  await run(where, 'go', 'build', '-o', 'drive', '.')
}

type Client = { prepare(where: string): Promise<unknown>; command: string[] }

const clients: Record<string, Client> = {
  'openapi-generator, Python': {
    prepare: (where) => generator(where, 'python', '-o', '.'),
    command: [python, join(drivers, 'openapi-generator.py')],
  },
  'openapi-generator, TypeScript': {
    async prepare(where) {
      await generator(where, 'typescript-fetch', '-o', 'generated')
      await compiled(where, 'typescript-fetch')
    },
    command: [process.execPath, 'compiled/drive.js'],
  },
  'openapi-generator, Java': {
    async prepare(where) {
      await generator(where, 'java', '--library', 'native', '-o', '.')
      cpSync(join(drivers, 'OpenapiGenerator.java'), join(where, 'src/main/java/OpenapiGenerator.java'))
      await run(where, 'mvn', '-q', '-B', '-DskipTests', '-Dmaven.javadoc.skip=true', 'package')
    },
    command: ['java', '-cp', 'target/classes:target/lib/*', 'OpenapiGenerator'],
  },
  'openapi-generator, Go': {
    async prepare(where) {
      mkdirSync(join(where, 'openapi'))
      await generator(
        where,
        'go',
        '-o',
        'openapi',
        '--additional-properties=withGoMod=false',
        '--global-property=apiTests=false,modelTests=false',
      )
      writeFileSync(join(where, 'go.mod'), 'module judge\n\ngo 1.23\n')
      await module(where, 'openapi-generator.go', 'main.go')
    },
    command: ['./drive'],
  },
  'oapi-codegen, Go': {
    async prepare(where) {
      mkdirSync(join(where, 'roster'))
      const words = ['-generate', 'types,client', '-package', 'roster', '-o', 'roster/roster.go', document]
      await run(where, join(tools, 'bin/oapi-codegen'), ...words)
      writeFileSync(join(where, 'go.mod'), 'module judge\n\ngo 1.24\n')
      await module(where, 'oapi-codegen.go', 'main.go')
    },
    command: ['./drive'],
  },
  'openapi-python-client': {
    prepare: (where) =>
      run(
        where,
        join(tools, 'bin/openapi-python-client'),
        'generate',
        '--path',
        document,
        '--output-path',
        'made',
      ),
    command: [python, join(drivers, 'openapi-python-client.py')],
  },
  '@hey-api/openapi-ts': {
    async prepare(where) {
      await run(where, inTools('openapi-ts'), '-i', document, '-o', 'generated')
      await compiled(where, 'hey-api')
    },
    command: [process.execPath, 'compiled/drive.js'],
  },
}

/** A service with one administrator, for one client. */
async function withService<T>(where: string, use: () => Promise<T>): Promise<T> {
  const service = spawn(process.execPath, [join(root, 'server/bin/roster.js'), 'serve'], {
    cwd: where,
    env: {
      ...process.env,
      DATABASE_URL: `sqlite:${join(where, 'roster.db')}`,
      ROSTER_PORT: String(port),
      ROSTER_PUBLIC_URL: url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [service.stdout, service.stderr])
    stream.on('data', (text) => {
      output += String(text)
    })
  try {
    while (!/"system.ready"/.test(output)) {
      if (service.exitCode !== null) throw new Error(output)
      await new Promise((wake) => setTimeout(wake, 100))
    }
    const token = /token=([\w-]+)/.exec(output)?.[1]
    const account = { token, username: 'admin', email: 'admin@example.com', password }
    const headers = { 'content-type': 'application/json' }
    await fetch(`${url}/auth/setup`, { method: 'POST', headers, body: JSON.stringify(account) })
    return await use()
  } finally {
    const ended = service.exitCode === null && once(service, 'close')
    service.kill('SIGTERM')
    await ended
  }
}

async function drive(name: string, { prepare, command: [program = '', ...words] }: Client): Promise<string> {
  const where = join(work, name.replace(/\W+/g, '-'))
  mkdirSync(where)
  await prepare(where)
  const environment = {
    ...process.env,
    PYTHONPATH: existsSync(join(where, 'made')) ? join(where, 'made') : where,
  }
  const options = { cwd: where, env: environment, timeout: 120_000 }
  const { stdout } = await withService(where, () =>
    promisify(execFile)(program, [...words, url, 'admin', password], options),
  )
  return stdout
}

const expected = readFileSync(join(drivers, 'expected.txt'), 'utf8')
for (const [name, client] of Object.entries(clients)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  try {
    const printed = await drive(name, client)
    if (printed !== expected) throw new Error(`It printed\n${printed}instead of\n${expected}`)
    console.log(`ok      ${name}`)
  } catch (error) {
    process.exitCode = 1
    const { message, stdout = '', stderr = '' } = error as Error & { stdout?: string; stderr?: string }
    console.log(`failed  ${name}\n${message}\n${stdout}${stderr}`)
  }
}
console.log(work)
