import { backupJobName } from '../../backup/schedule.ts'
import { type Config, readConfig } from '../../config.ts'
import type { Database } from '../../database/database.ts'
import { skewLimits } from '../../database/drift.ts'
import { explain } from '../../database/explain.ts'
import { pendingMigrations } from '../../database/migrate.ts'
import { databaseOptions, openDatabase } from '../../database/open.ts'
import { databaseName, missingDatabase, missingKey } from '../../database/presence.ts'
import { freeBytes, looseFiles } from '../../database/sqlite/files.ts'
import { tryWriting } from '../../database/watch.ts'
import { isAppError, thrown } from '../../errors.ts'
import { findOtherHost } from '../../features/factors/passkeys/store.ts'
import { jobAges } from '../../features/housekeeping/service.ts'
import { isWhole, openBreachedList } from '../../features/passwords/breached/list.ts'
import { opensSigningKeys } from '../../features/sessions/keys/sealed-keys.ts'
import { outboxStatus } from '../../mail/outbox.ts'
import { memoryLimits } from '../../runtime/memory.ts'
import { deriveKeys, loadSecretKey } from '../../secret-key.ts'
import { type Command, print, textOption, wrongKey } from '../command.ts'
import { copyBackup } from './backup-copy.ts'
import { deepFindings, type Finding } from './deep.ts'
import { mailFinding, proxyFinding } from './online.ts'

export const doctor: Command = {
  name: 'doctor',
  about: 'Check the settings and the database; changes nothing',
  examples: ['', '--json', '--deep', '--proxy --mail ada@example.com'],
  options: {
    deep: { type: 'boolean', about: 'also check the consistency of all rows; may take minutes' },
    proxy: { type: 'boolean', about: 'also send a request to ROSTER_PUBLIC_URL' },
    mail: { type: 'string', about: 'also send a test mail to this address' },
  },
  async run(input) {
    const config = readConfig()
    const isDeep = input.values['deep'] === true
    const findings: Finding[] = [{ check: 'settings', ok: true, detail: 'all valid' }, memory()]
    const missing = missingDatabase(config)
    if (missing !== null) findings.push({ check: 'database', ok: false, detail: missing })
    else
      await examine(config, findings, isDeep).catch((error: unknown) =>
        findings.push({ check: 'database', ok: false, detail: reasonOf(error) }),
      )
    if (input.values['proxy'] === true) findings.push(await proxyFinding(config))
    const address = textOption(input, 'mail')
    if (address !== undefined) findings.push(await mailFinding(config, address))
    print(
      input,
      findings,
      findings.map(({ check, ok, detail }) => `${ok ? 'ok  ' : 'BAD '} ${check}: ${detail}`).join('\n'),
    )
    return findings.every(({ ok }) => ok) ? 0 : 1
  },
}

const mebibyte = 2 ** 20
const leastMebibytes = 128

/** The limits of this process; the service in the same container has the same ones. */
function memory(): Finding {
  const limits = memoryLimits()
  const ok = limits.process >= leastMebibytes * mebibyte
  const [all, heap] = [limits.process, limits.heap].map((bytes) => Math.floor(bytes / mebibyte))
  const detail = `${all} MiB, of which the heap may have ${heap}`
  return { check: 'memory', ok, detail: ok ? detail : `${detail}; ${leastMebibytes} MiB are needed` }
}

function reasonOf(error: unknown): string {
  return explain(error)?.reason ?? (isAppError(error) ? error.detail : thrown(error).message)
}

async function examine(config: Config, findings: Finding[], isDeep: boolean): Promise<void> {
  findings.push(...filesOf(config))
  const copy = await copyBackup(config)
  if (copy) findings.push(copy.finding)
  const { databaseUrl: url } = copy ?? config
  const database = openDatabase({ ...databaseOptions(config), url, poolSize: 1 })
  try {
    await database.ping()
    findings.push({
      check: 'database',
      ok: true,
      detail: `${database.dialect.name}, ${databaseName(config)}`,
    })
    const pending = await pendingMigrations(database)
    findings.push({
      check: 'migrations',
      ok: pending.length === 0,
      detail: pending.length === 0 ? 'up to date' : `missing: ${pending.join(', ')}; run roster migrate`,
    })
    if (pending.length > 0) return
    findings.push(await writing(database), clock(database))
    findings.push(await secretKey(config, database), ...(await contents(database, config)))
    findings.push(await passkeys(database, config))
    if (isDeep) findings.push(...(await deepFindings(config, database)))
    if (config.breachedPasswords !== null) findings.push(await breached(config.breachedPasswords))
  } finally {
    await database.close()
    copy?.remove()
  }
}

/** Checks the disk space and the file modes of the SQLite file. */
function filesOf({ databaseUrl }: Config): Finding[] {
  const file = databaseUrl.slice('sqlite:'.length)
  if (!databaseUrl.startsWith('sqlite:') || file === ':memory:') return []
  const loose = looseFiles(file)
  return [
    { check: 'files', ok: loose === null, detail: loose?.detail ?? 'for this user only' },
    spaceOf(file),
  ]
}

/** The warning limit of free bytes. */
const leastMegabytes = 100

function spaceOf(file: string): Finding {
  try {
    const megabytes = Math.floor(freeBytes(file) / 1_000_000)
    const ok = megabytes >= leastMegabytes
    return {
      check: 'space',
      ok,
      detail: `${megabytes} MB free${ok ? '' : '; make room before the disk is full'}`,
    }
  } catch (error) {
    return { check: 'space', ok: false, detail: `${file}: ${thrown(error).code}` }
  }
}

/** Writes and reads like requests, and rolls back. */
async function writing(database: Database): Promise<Finding> {
  const failure = await tryWriting(database).then(
    () => null,
    (error: unknown) => reasonOf(error),
  )
  return { check: 'writing', ok: failure === null, detail: failure ?? 'works' }
}

function clock(database: Database): Finding {
  const skewMs = database.clockSkewMs() ?? 0
  const seconds = Math.round(Math.abs(skewMs) / 100) / 10
  const ok = Math.abs(skewMs) <= skewLimits.warnMs
  const detail = `${seconds} s from that of the database`
  return { check: 'clock', ok, detail: ok ? detail : `${detail}; synchronise both with NTP` }
}

/** A mail that waits for an hour means that the mail server takes none; in production there must be one. */
async function mail(database: Database, config: Config): Promise<Finding> {
  const isMissing = config.production && config.mailUrl === null
  const log = config.mailUrl === null && !isMissing ? 'written to the log without ROSTER_MAIL_URL; ' : ''
  const { queued, oldest_seconds, failed } = await outboxStatus(database)
  const waiting = queued === 0 ? 'none waits' : `${queued} wait, the oldest for ${oldest_seconds} s`
  return {
    check: 'mail',
    ok: oldest_seconds < 3600 && !isMissing,
    detail: `${isMissing ? 'nothing is sent without ROSTER_MAIL_URL; ' : log}${waiting}, ${failed} failed in the last week${oldest_seconds < 3600 ? '' : '; try roster mail test ADDRESS'}`,
  }
}

/** A backup may take time and may fail once, so it is too old after two intervals. */
async function backupAge(database: Database, { backupEveryHours }: Config): Promise<Finding> {
  const seconds = (await jobAges(database)).get(backupJobName)
  const remedy = 'look for backup.failed in the log of the service'
  if (seconds === undefined) return { check: 'backup', ok: false, detail: `none was made yet; ${remedy}` }
  const ok = seconds < 2 * backupEveryHours * 3600
  const detail = `${Math.floor(seconds / 3600)} hours old`
  return { check: 'backup', ok, detail: ok ? detail : `${detail}; ${remedy}` }
}

/** A passkey works only for the host for which it was created. */
async function passkeys(database: Database, { publicUrl }: Config): Promise<Finding> {
  const { hostname } = new URL(publicUrl)
  const other = await findOtherHost(database, hostname)
  const detail = `there are some of ${other}, which do not work at ${hostname}: put ROSTER_PUBLIC_URL back, or let their users add new ones`
  return {
    check: 'passkeys',
    ok: other === undefined,
    detail: other === undefined ? `for ${hostname}` : detail,
  }
}

async function secretKey(config: Config, database: Database): Promise<Finding> {
  const missing = missingKey(config)
  if (missing !== null) return { check: 'secret key', ok: false, detail: missing }
  const { open } = deriveKeys(loadSecretKey(config).bytes)
  const opens = await opensSigningKeys(database, open)
  const detail = opens === null ? 'nothing is encrypted with it yet' : 'opens the signing keys'
  return { check: 'secret key', ok: opens !== false, detail: opens === false ? wrongKey : detail }
}

async function contents(database: Database, config: Config): Promise<Finding[]> {
  const durability = await database.dialect.durability(database.read)
  const damage = await database.dialect.findDamage(database.scan)
  return [
    { check: 'durability', ok: durability.ok, detail: durability.detail },
    {
      check: 'integrity',
      ok: damage === null,
      detail: damage ? `${damage}; restore a backup` : 'no damage found',
    },
    await mail(database, config),
    ...(config.backupTo === null ? [] : [await backupAge(database, config)]),
  ]
}

async function breached(path: string): Promise<Finding> {
  const check = 'breached passwords'
  try {
    const { count } = openBreachedList(path)
    if (await isWhole(path)) return { check, ok: true, detail: `${count} in ${path}` }
    return {
      check,
      ok: false,
      detail: `${path} is damaged; create it again with roster passwords import-hibp`,
    }
  } catch (error) {
    return { check, ok: false, detail: thrown(error).message }
  }
}
