/** What `roster doctor` checks on request by sending something. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { commandsOn } from '../commands/in-process.ts'
import { createEngine } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { freePort } from '../postgres-server.ts'

describe('roster doctor', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)
  let cli: Awaited<ReturnType<typeof commandsOn>>
  let ROSTER_PUBLIC_URL: string
  let smtp: Smtp
  before(async () => {
    cli = await commandsOn(engine)
    smtp = await startSmtp()
    const port = String(await freePort())
    ROSTER_PUBLIC_URL = `http://127.0.0.1:${port}`
    await engine.start({ ...cli.settings, ROSTER_PORT: port, ROSTER_PUBLIC_URL })
  })
  after(() => smtp.stop())
  const lineOf = async (check: string, args: string[], settings: Record<string, string>) => {
    const { out } = await cli.run(['doctor', ...args], settings)
    return out.split('\n').find((line) => line.includes(` ${check}: `)) ?? out
  }

  it('asks the public URL whether this service answers there', async () => {
    const ask = (url: string) => lineOf('proxy', ['--proxy'], { ROSTER_PUBLIC_URL: url })
    assert.equal(await ask(ROSTER_PUBLIC_URL), `ok   proxy: ${ROSTER_PUBLIC_URL} leads to the service`)
    const other = await ask(ROSTER_PUBLIC_URL.replace('127.0.0.1', 'localhost'))
    assert.match(other, /^BAD {2}proxy: another service answers at .*; compare ROSTER_PUBLIC_URL/)
    const closed = await ask('http://127.0.0.1:1')
    assert.match(closed, /^BAD {2}proxy: .* cannot be reached from here \(.*\); look at DNS/)
    assert.match(await lineOf('proxy', [], { ROSTER_PUBLIC_URL }), /^ok {3}settings/, 'only on request')
  })

  it('sends a test mail, and says what to compare when the server does not take it', async () => {
    const send = () => lineOf('test mail', ['--mail', 'ada@example.com'], { ROSTER_MAIL_URL: smtp.url })
    assert.match(await send(), /^ok {3}test mail: \S+ took the mail to ada@example\.com$/)
    assert.equal(smtp.to('ada@example.com').length, 1)
    smtp.fail({ rcpt: { code: 550, message: 'no' } })
    assert.match(await send(), /^BAD {2}test mail: .*550.*; compare ROSTER_MAIL_URL and ROSTER_MAIL_FROM/)
  })
})
