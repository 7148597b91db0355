import { createRoster } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { databaseOptions, openDatabase } from '../database/database.ts'
import { pendingMigrations } from '../database/migrate.ts'
import { createLog } from '../log.ts'
import { outboxStatus } from '../mail/outbox.ts'
import { type Command, print } from './command.ts'
import { wrongKey } from './serve.ts'

type Finding = { check: string; ok: boolean; detail: string }

export const doctor: Command = {
  name: 'doctor',
  about: 'Check the settings, the database and what waits in it',
  async run(input) {
    const config = readConfig()
    const findings: Finding[] = [{ check: 'settings', ok: true, detail: 'all valid' }]
    const database = openDatabase({ ...databaseOptions(config), poolSize: 1 })
    try {
      await database.ping()
      findings.push({ check: 'database', ok: true, detail: database.dialect.name })
      const pending = await pendingMigrations(database)
      findings.push({
        check: 'migrations',
        ok: pending.length === 0,
        detail: pending.length === 0 ? 'up to date' : `missing: ${pending.join(', ')}`,
      })
      if (pending.length === 0) findings.push(await secretKey(config), ...(await contents(database, config)))
    } catch (error) {
      findings.push({ check: 'database', ok: false, detail: (error as Error).message })
    } finally {
      await database.close()
    }
    print(
      input,
      findings,
      findings.map(({ check, ok, detail }) => `${ok ? 'ok  ' : 'BAD '} ${check}: ${detail}`).join('\n'),
    )
    return findings.every(({ ok }) => ok) ? 0 : 1
  },
}

/** A mail that waits for an hour means that the mail server takes none; in production there must be one. */
async function mail(database: ReturnType<typeof openDatabase>, config: Config): Promise<Finding> {
  const isMissing = config.production && config.mailUrl === null
  const { queued, oldest_seconds, failed } = await outboxStatus(database)
  const waiting = queued === 0 ? 'none waits' : `${queued} wait, the oldest for ${oldest_seconds} s`
  return {
    check: 'mail',
    ok: oldest_seconds < 3600 && !isMissing,
    detail: `${isMissing ? 'nothing is sent without ROSTER_MAIL_URL; ' : ''}${waiting}, ${failed} given up in the last week`,
  }
}

async function secretKey(config: Config): Promise<Finding> {
  const { signingKeys, database } = createRoster(config, createLog('silent'))
  const opens = await signingKeys.current('EdDSA').then(
    () => true,
    () => false,
  )
  await database.close()
  return { check: 'secret key', ok: opens, detail: opens ? 'opens the signing keys' : wrongKey }
}

async function contents(database: ReturnType<typeof openDatabase>, config: Config): Promise<Finding[]> {
  const durability = await database.dialect.durability(database.read)
  const damage = await database.dialect.findDamage(database.scan)
  return [
    { check: 'durability', ok: durability.ok, detail: durability.detail },
    { check: 'integrity', ok: damage === null, detail: damage ?? 'no damage found' },
    await mail(database, config),
  ]
}
