/** Every ```console block is run in order, and shows what comes. `…` stands for anything. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const root = new URL('../../..', import.meta.url).pathname
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

type Step = { command: string; expected: string }

describe('README.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-docs-'))
  const port = 20_000 + (process.pid % 20_000)
  const url = `http://localhost:${port}`
  const env = {
    ...process.env,
    ROSTER_PORT: String(port),
    DATABASE_URL: `sqlite:${folder}/roster.db`,
    HOME: folder,
  }
  const service = spawn(process.execPath, ['server/bin/roster.js', 'serve'], {
    cwd: root,
    env,
    stdio: 'ignore',
  })
  before(async () => {
    for (let tries = 0; !(await fetch(`${url}/health/ready`).catch(() => undefined))?.ok; tries += 1) {
      assert.ok(tries < 200, 'the service does not start')
      await sleep(100)
    }
  })
  after(() => {
    service.kill()
    rmSync(folder, { recursive: true, force: true })
    rmSync(join(root, 'users.ndjson'), { force: true })
  })

  it('shows what comes', async () => {
    const steps = stepsOf(read('README.md'))
    assert.ok(steps.length > 10)
    const shell = startShell(env)
    try {
      for (const { command, expected } of steps) {
        const output = await shell.run(command.replaceAll('http://localhost:8000', url))
        assert.match(output.trimEnd(), patternOf(expected), `${command}\n${output}`)
      }
    } finally {
      shell.end()
    }
  })

  it('has fewer than 700 words', () => {
    const prose = read('README.md').replace(/```[\s\S]*?```/g, '')
    assert.ok(prose.split(/\s+/).length < 700)
  })
})

describe('documentation', () => {
  for (const page of pages) {
    it(`${page}: links lead somewhere`, () => {
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^https?:/.test(target)) continue
        assert.ok(existsSync(resolve(root, dirname(page), target)), `${page} links to ${target}`)
      }
    })
  }
})

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

function stepsOf(page: string): Step[] {
  const steps: Step[] = []
  for (const [, block = ''] of page.matchAll(/```console\n([\s\S]*?)```/g)) {
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: '' })
      else steps.at(-1)!.expected += `${line}\n`
    }
  }
  return steps
}

function patternOf(expected: string): RegExp {
  const parts = expected
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*?')}$`)
}

/** One shell for the whole page, so that variables last. */
function startShell(env: NodeJS.ProcessEnv) {
  const shell = spawn('bash', ['--norc'], { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  shell.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  return {
    async run(command: string): Promise<string> {
      output = ''
      shell.stdin.write(`${command}\necho __done__\n`)
      for (let tries = 0; !output.endsWith('__done__\n'); tries += 1) {
        assert.ok(tries < 600, `${command} does not end`)
        await sleep(50)
      }
      return output.slice(0, -'__done__\n'.length)
    },
    end: () => shell.kill(),
  }
}
