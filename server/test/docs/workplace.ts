/** A copy of the repository for the commands of one page: a service, a shell and files of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { until } from '../harness/wait.ts'
import { freePort } from '../postgres-server.ts'

export const root = new URL('../../..', import.meta.url).pathname

/** What no page may find: a database or secrets of the user who runs the tests; and a cache that changes during the copy. */
const leftOut = new Set(['.cache', 'data', '.git', 'node_modules', 'secrets', 'test-results'])
/** Bundles and executables, which the commands of the pages do not use. */
const builds = join(root, 'dist')
/** Code, which no page changes: a link, so that its compiled form is found in the cache. */
const code = ['server', 'sdk', 'console', 'bench']
const binaries = join(root, 'node_modules/.bin')

let bundle: string | undefined

/** Builds the bundle at its first use: it starts in a third of the time that the sources need. */
function entryOfBundle(): string {
  if (bundle === undefined) {
    bundle = mkdtempSync(join(tmpdir(), 'roster-docs-bundle-'))
    execFileSync(process.execPath, [join(root, 'server/tools/bundle/build.ts'), bundle])
  }
  return join(bundle, 'roster.cjs')
}

export function removeBundle(): void {
  if (bundle !== undefined) rmSync(bundle, { recursive: true, force: true })
}

export type Workplace = Awaited<ReturnType<typeof openWorkplace>>

/**
 * Starts the service of a page and waits until it is ready. With `withNpm` that is `npm start`, and `npx` is npx: both run the
 * sources, and cost some seconds. All other pages run the bundle, which is what the image contains.
 */
export async function openWorkplace({ withNpm, settings }: { withNpm: boolean; settings: Settings }) {
  const folder = copyRepository()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const adapted = withPorts(await portsFor(settings, port))
  const own = Object.entries(settings).map(([name, value]) => [name, adapted(value)])
  const env = {
    ...plainEnvironment(),
    ROSTER_PORT: String(port),
    HOME: folder,
    ...Object.fromEntries(own),
  }
  const options = { cwd: folder, env, detached: true, stdio: 'pipe' } as const
  const service = withNpm
    ? spawn('npm', ['start'], options)
    : spawn(process.execPath, [entryOfBundle(), 'serve'], options)
  const printed = gather(service)
  // Pages show how the log is read from this file.
  const log = createWriteStream(join(folder, 'roster.log'))
  service.stdout?.pipe(log)
  const stop = async () => {
    if (service.pid !== undefined && service.exitCode === null) {
      process.kill(-service.pid, withNpm ? 'SIGTERM' : 'SIGKILL')
      // Not `exit`: npm ends before the service does.
      await new Promise((resolve) => service.once('close', resolve))
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await ready(url, service)
  } catch (error) {
    await stop()
    throw new Error(`the service does not start: ${printed()}`, { cause: error })
  }
  const shell = startShell(folder, env)
  await shell.run(patientCurl)
  if (!withNpm) await shell.run(npxOfBundle())
  return {
    /** What the service has printed so far, its log among it. */
    printed,
    /** The page says port 8000, and those of its settings. */
    adapted,
    run: shell.run,
    async close() {
      shell.end()
      await stop()
    },
  }
}

/** On a busy machine the service turns work away, which changes nothing. Clients send it again, and so does this. */
const patientCurl = `curl() {
  local tries answer code
  for tries in 1 2 3 4 5 6 7 8 9 10; do
    answer=$(command curl "$@"; echo "exit $?")
    case $answer in *'"code":"overloaded"'*) sleep 1 ;; *) break ;; esac
  done
  code=\${answer##*exit }
  printf %s "\${answer%exit *}"
  return "$code"
}`

type Settings = Readonly<Record<string, string>>

/** A free port for each that the settings of a page name, so that pages run beside each other. */
async function portsFor(settings: Settings, own: number): Promise<Map<string, number>> {
  // 3000 is the service of the reader.
  const ports = new Map([
    ['8000', own],
    ['3000', await freePort()],
  ])
  for (const value of Object.values(settings)) {
    const [, named] = /^(?:.*(?:localhost|127\.0\.0\.1):)?(\d{4,5})$/.exec(value) ?? []
    if (named !== undefined && !ports.has(named)) ports.set(named, await freePort())
  }
  return ports
}

const withPorts =
  (ports: ReadonlyMap<string, number>) =>
  (text: string): string =>
    text.replace(/(localhost:|127\.0\.0\.1:|--port |listen\(|^)(\d{4,5})\b/g, (whole, before, port) =>
      ports.has(port) ? `${before}${ports.get(port)}` : whole,
    )

/** `npx roster` runs the bundle, with the programs of the packages first in the path, as npx has them. */
const npxOfBundle = () => `npx() {
  if [ "$1" = roster ]; then shift; PATH="${binaries}:$PATH" "${process.execPath}" "${entryOfBundle()}" "$@"
  else command npx "$@"; fi
}`

const codeFolders = new Set(code.map((name) => join(root, name)))

/** Files are copied, so that no command reaches the originals; each package is a link of its own. */
function copyRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'roster-docs-'))
  cpSync(root, folder, {
    recursive: true,
    filter: (source) => source !== builds && !codeFolders.has(source) && !leftOut.has(basename(source)),
  })
  for (const name of code) symlinkSync(join(root, name), join(folder, name))
  mkdirSync(join(folder, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules')))
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  return folder
}

function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(ROSTER_|TEST_|NODE_TEST|npm_)|DATABASE_URL|NODE_OPTIONS/.test(name),
  )
  return { ...Object.fromEntries(kept), npm_config_update_notifier: 'false' }
}

async function ready(url: string, service: ChildProcess): Promise<void> {
  await until(async () => {
    assert.equal(service.exitCode, null)
    return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok
  }, 'the service')
}

function gather(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)))
  return () => text
}

/** One shell for the whole page, so that variables last. */
function startShell(folder: string, env: NodeJS.ProcessEnv) {
  const shell = spawn('bash', ['--norc', '-o', 'pipefail'], {
    cwd: folder,
    env,
    detached: true,
    stdio: 'pipe',
  })
  const output = gather(shell)
  let seen = 0
  return {
    /** What the command prints, and its exit code. */
    async run(command: string): Promise<{ text: string; code: number }> {
      const end = /\n__done__ (\d+)\n$/
      shell.stdin.write(`{ ${command}\n} < /dev/null 2>&1\nprintf '\\n__done__ %d\\n' $?\n`)
      await until(
        () => {
          assert.equal(shell.exitCode, null, `${command}: ${output().slice(seen)}`)
          return end.test(output().slice(seen))
        },
        () => `the end of ${command}: ${output().slice(seen)}`,
      )
      const text = output().slice(seen)
      seen += text.length
      return { text: text.replace(end, ''), code: Number(end.exec(text)?.[1]) }
    },
    /** Ends what a page started in the background, too. */
    end: () => {
      if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL')
    },
  }
}
