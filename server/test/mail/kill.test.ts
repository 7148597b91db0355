import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDatabase } from '../../src/database/open.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, send } from '../harness.ts'
import { urlWhenReady } from '../process.ts'
import { untilMailsAreSent } from './sent.ts'
import { startSmtp } from './smtp.ts'

/** How often the service is killed; more with `KILL_ROUNDS=100`. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? 12)
const bin = join(import.meta.dirname, '../../bin/roster.js')

// Most of the time is spent waiting for starts and for the end of leases, so both engines run at the same time.
describe('kill -9', { concurrency: true }, () => bothEngines())

function bothEngines(): void {
  onBothEngines('between commit and sending', (engine) => {
    it('loses no mail, and sends at most one a second time for each kill', {
      timeout: 600_000,
    }, async (t) => {
      const smtp = await startSmtp()
      const folder = mkdtempSync(join(tmpdir(), 'roster-kill-'))
      const given = await engine.createDatabase()
      const env = {
        PATH: process.env['PATH'] ?? '',
        DATABASE_URL: given === 'sqlite::memory:' ? `sqlite:${join(folder, 'roster.db')}` : given,
        ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
        ROSTER_PORT: '0',
        ROSTER_MAIL_URL: smtp.url,
        ROSTER_RATE_LIMITS: 'off',
      }
      let child: ChildProcess | undefined
      t.after(async () => {
        child?.kill('SIGKILL')
        await smtp.stop()
        rmSync(folder, { recursive: true, force: true })
      })
      /** Ends the first one by SIGTERM: only then compiled code is kept, which makes the next starts faster. */
      const warmUp = async () => {
        await start()
        const ended = once(child!, 'exit')
        child!.kill('SIGTERM')
        await ended
      }
      const start = async () => {
        child = spawn(process.execPath, [bin, 'serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
        return urlWhenReady(child)
      }
      /** The addresses whose sign-up was answered. */
      const created: string[] = []
      /** How many mails had arrived at each kill. */
      const lives: number[] = []
      await warmUp()
      for (let round = 0; round < rounds; round += 1) {
        const url = await start()
        const ended = once(child!, 'exit')
        const alive = { yes: true }
        const clients = [0, 1, 2].map((client) => signUpWhile(alive, url, `r${round}-c${client}`, created))
        const before = created.length
        const more = randomInt(6)
        await until(() => created.length > before + more, 'some sign-ups')
        child!.kill('SIGKILL')
        await ended
        alive.yes = false
        lives.push(smtp.received.length)
        await Promise.all(clients)
      }
      const committed = await addressesIn(env.DATABASE_URL)
      assert.deepEqual(
        created.filter((address) => !committed.includes(address)),
        [],
      )
      await start()
      const missing = () => committed.filter((address) => smtp.to(address).length === 0)
      const database = openDatabase({ url: env.DATABASE_URL, poolSize: 1 })
      await untilMailsAreSent(database)
      await database.close()
      assert.deepEqual(missing(), [])
      const mails = Map.groupBy(smtp.received.keys(), (index) => smtp.received[index]!.messageId)
      const extra = smtp.received.length - mails.size
      console.log(
        `# ${engine.name}: ${rounds} kills, ${created.length} sign-ups answered, ${committed.length} committed, ${mails.size} mails, ${extra} copies of them`,
      )
      assert.ok(created.length >= rounds)
      assert.equal(mails.size, committed.length)
      assert.equal(new Set(smtp.received.map(({ to }) => to)).size, mails.size)
      assert.ok(extra <= rounds)
      // A mail that was in doubt at several kills has several copies, but never two from one life of the service.
      const lifeOf = (index: number) => lives.filter((end) => end <= index).length
      for (const copies of mails.values()) assert.equal(new Set(copies.map(lifeOf)).size, copies.length)
    })
  })
}

async function addressesIn(url: string): Promise<string[]> {
  const database = openDatabase({ url, poolSize: 1 })
  const rows = await database.read.selectFrom('users').select('email').execute()
  await database.close()
  return rows.map(({ email }) => email!)
}

async function signUpWhile(
  alive: { yes: boolean },
  url: string,
  name: string,
  created: string[],
): Promise<void> {
  for (let index = 0; alive.yes; index += 1) {
    const email = `${name}-${index}@example.com`
    const body = { username: `${name}-${index}`, email, password }
    const answer = await send(url, 'POST', '/users', { body }).catch(() => undefined)
    if (answer?.status === 201) created.push(email)
    if (answer === undefined) return
  }
}

/** The address in the log line that says the service is ready; an error with its last words when it ends before. */
