import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { openDatabase } from '../../src/database/open.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, send } from '../harness.ts'
import { startSmtp } from './smtp.ts'

const bin = join(import.meta.dirname, '../../bin/roster.js')

onBothEngines('without a mail server', (engine) => {
  /** A service in a process of its own: what it writes is what an operator finds in the log. */
  const installation = async (t: { after(work: () => void): void }, nodeEnv: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'roster-no-mail-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const given = await engine.createDatabase()
    const env = {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: nodeEnv,
      DATABASE_URL: given === 'sqlite::memory:' ? `sqlite:${join(folder, 'roster.db')}` : given,
      ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
      ROSTER_PUBLIC_URL: 'https://users.example.com',
      ROSTER_PORT: '0',
      ROSTER_LOG_LEVEL: 'debug',
    }
    const run = (command: string, settings: Record<string, string> = {}) => {
      const child = spawn(process.execPath, [bin, command], { env: { ...env, ...settings }, stdio: 'pipe' })
      t.after(() => void child.kill('SIGKILL'))
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += String(chunk)
        })
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
      return {
        /** Without the link of the first administrator, which is printed for the operator. */
        output: () => output.replace(/^.*There is no administrator yet.*$/gm, ''),
        ended,
        async url() {
          const line = await until(
            () => /"port":(\d+).*"Roster listens/.exec(output) ?? undefined,
            'the start',
          )
          return `http://127.0.0.1:${line[1]}`
        },
        async stop() {
          child.kill('SIGTERM')
          await ended
        },
      }
    }
    /** A busy PostgreSQL may not answer the command in time. */
    const doctor = () =>
      until(async () => {
        const command = run('doctor')
        const code = await command.ended
        return !command.output().includes('does not answer in time') && { code, output: command.output() }
      }, 'the report of doctor')
    return { run, doctor, url: env.DATABASE_URL }
  }
  const useIt = async (url: string) => {
    const body = { username: 'jane', email: 'jane@example.com', password }
    assert.equal((await send(url, 'POST', '/users', { body })).status, 201)
    const forgot = { body: { email: body.email } }
    assert.equal((await send(url, 'POST', '/auth/forgot-password', forgot)).status, 202)
  }

  it('production answers as usual, prints no mail and keeps all of them until there is one', async (t) => {
    const { run, doctor, url } = await installation(t, 'production')
    const service = run('serve')
    await useIt(await service.url())
    const database = openDatabase({ url, poolSize: 1 })
    t.after(() => database.close())
    await until(async () => {
      const mails = await database.read.selectFrom('mail_outbox').select('id').execute()
      return mails.length === 2 && service.output().includes('mail.no_server')
    }, 'both mails')
    await service.stop()
    assert.match(service.output(), /"event":"mail\.no_server"/)
    assert.doesNotMatch(service.output(), /token=|jane@|Hello jane/)
    const { code, output } = await doctor()
    assert.equal(code, 1)
    assert.match(output, /^BAD {2}mail: nothing is sent without ROSTER_MAIL_URL; 2 wait/m)
    const smtp = await startSmtp()
    t.after(() => smtp.stop())
    const later = run('serve', { ROSTER_MAIL_URL: smtp.url })
    await until(() => smtp.to('jane@example.com').length === 2, 'both mails')
    await later.stop()
    assert.doesNotMatch(later.output(), /token=|jane@|Hello jane|mail\.no_server/)
    const links = smtp.to('jane@example.com').map(({ link }) => link.replace(/#.*/, ''))
    assert.deepEqual(links.sort(), [
      'https://users.example.com/account/reset',
      'https://users.example.com/account/verify',
    ])
    const rows = await database.read.selectFrom('mail_outbox').select('sent_at').execute()
    assert.equal(rows.filter(({ sent_at }) => sent_at !== null).length, 2)
  })

  it('development prints them', async (t) => {
    const { run, doctor } = await installation(t, 'development')
    const service = run('serve')
    await useIt(await service.url())
    const printed = () => service.output().match(/"event":"mail\.printed"/g)?.length
    await until(() => printed() === 2, 'both mails')
    await service.stop()
    assert.match(service.output(), /"event":"mail\.printed".*account\/verify#token=/)
    assert.match(service.output(), /"event":"mail\.printed".*account\/reset#token=/)
    assert.match(
      (await doctor()).output,
      /^ok {3}mail: written to the log without ROSTER_MAIL_URL; none waits/m,
    )
  })
})
