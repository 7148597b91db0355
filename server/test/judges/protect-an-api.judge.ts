/** What `install.sh` has installed: Hono, Next.js, FastAPI, Go and Spring Boot. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, it, type TestContext } from 'node:test'
import { codeOf, installSdk, issuerOfPage, judge } from './protected.ts'

const judges = '/opt/roster-judges'

function temporary(t: TestContext, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'roster-protect-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Below the folder with the packages of npm and ours, where Next.js and Node find them. */
const withPackages = (t: TestContext): string => temporary(t, join(judges, 'node'))

describe('docs/tasks/protect-an-api.md', () => {
  before(() => installSdk(join(judges, 'node')))

  it('Hono accepts valid access tokens, and no others', (t) =>
    judge(t, ({ issuer }) => {
      const folder = withPackages(t)
      const code = codeOf('js', '@roster/sdk/hono').replace(issuerOfPage, issuer).replace('support', 'user')
      writeFileSync(join(folder, 'app.mjs'), code)
      const serve = `import { serve } from '@hono/node-server'
import app from './app.mjs'
serve({ fetch: app.fetch, port: Number(process.env.PORT) })`
      writeFileSync(join(folder, 'serve.mjs'), serve)
      return { command: [process.execPath, 'serve.mjs'], cwd: folder }
    }))

  it('Next.js accepts valid access tokens, and no others', (t) =>
    judge(t, ({ issuer, port }) => {
      const folder = withPackages(t)
      mkdirSync(join(folder, 'app/orders'), { recursive: true })
      writeFileSync(join(folder, 'package.json'), '{"name":"orders","private":true}')
      const code = codeOf('js', '@roster/sdk/next').replace(issuerOfPage, issuer)
      writeFileSync(join(folder, 'app/orders/route.js'), code)
      const next = join(judges, 'node/node_modules/next/dist/bin/next')
      const env = { NEXT_TELEMETRY_DISABLED: '1' }
      return { command: [process.execPath, next, 'dev', '--port', String(port)], cwd: folder, env }
    }))

  it('FastAPI accepts valid access tokens, and no others', (t) =>
    judge(t, ({ port }) => {
      const folder = temporary(t)
      writeFileSync(join(folder, 'app.py'), codeOf('python', 'FastAPI'))
      return {
        command: [join(judges, 'bin/python'), '-m', 'uvicorn', 'app:app', '--port', String(port)],
        cwd: folder,
      }
    }))

  it('Go accepts valid access tokens, and no others', (t) =>
    judge(t, () => {
      const folder = temporary(t)
      for (const name of ['go.mod', 'go.sum']) cpSync(join(judges, 'go-protect', name), join(folder, name))
      writeFileSync(join(folder, 'main.go'), codeOf('go', 'package main'))
      execFileSync('go', ['build', '-o', 'protect', '.'], { cwd: folder })
      return { command: [join(folder, 'protect')], cwd: folder }
    }))

  it('Spring Boot accepts valid access tokens, and no others', (t) =>
    judge(
      t,
      ({ port }) => {
        const folder = temporary(t)
        mkdirSync(join(folder, 'src/main/java/protect'), { recursive: true })
        cpSync(join(import.meta.dirname, 'protect/pom.xml'), join(folder, 'pom.xml'))
        writeFileSync(join(folder, 'src/main/java/protect/Orders.java'), codeOf('java', 'SpringApplication'))
        execFileSync('mvn', ['-q', '-B', 'package'], { cwd: folder })
        return {
          command: ['java', '-jar', 'target/protect-1.jar'],
          cwd: folder,
          env: { SERVER_PORT: String(port) },
        }
      },
      { ROSTER_TOKEN_ALGORITHM: 'RS256' },
    ))
})
