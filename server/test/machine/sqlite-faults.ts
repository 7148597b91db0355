/** Faults of an installation on SQLite. */
import {
  closeSync,
  copyFileSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { compared, startClients } from '../cluster/clients.ts'
import type { MachineFault } from './fault.ts'
import { createInstallation, type Installation } from './installation.ts'

const pageBytes = 4096
const clientsOf = ({ url, token }: Installation, writers = 16) => startClients(url, token, writers, 0)

/** Those of the file that are missing or doubled. */
function comparedIn(file: string, acknowledged: readonly string[]) {
  const db = new DatabaseSync(file, { readOnly: true })
  const rows = db
    .prepare("select username, count(*) as n from users where username like 'made-%' group by 1")
    .all()
  db.close()
  return compared(
    acknowledged,
    rows.map(({ username, n }) => [String(username), Number(n)] as const),
  )
}

/** An installation with users that were acknowledged before it was killed, and its files as they were left. */
async function killedUnderWrites(): Promise<{ installation: Installation; acknowledged: string[] }> {
  const installation = await createInstallation()
  await installation.start()
  const clients = clientsOf(installation)
  await sleep(2000)
  await installation.kill()
  await clients.stop()
  return { installation, acknowledged: clients.acknowledged }
}

export const sqliteFaults: MachineFault[] = [
  {
    name: 'SQLite: the service is killed 50 times under writes',
    criterion: '0 lost, 0 twice, all rows fit together, ready again in 2 s',
    async happen() {
      const installation = await createInstallation()
      let slowest = 0
      let acknowledged = 0
      const all = { lost: 0, twice: 0 }
      await installation.start()
      for (let round = 0; round < 50; round += 1) {
        const clients = clientsOf(installation)
        await sleep(300 + Math.random() * 2700)
        await installation.kill()
        await clients.stop()
        const { lost, twice } = comparedIn(installation.file, clients.acknowledged)
        all.lost += lost
        all.twice += twice
        acknowledged += clients.acknowledged.length
        slowest = Math.max(slowest, await installation.start())
      }
      await installation.stop()
      const violations = await installation.violations()
      await installation.remove()
      return {
        measured: `${acknowledged} writes, ${all.lost} lost, ${all.twice} twice, ready after ${slowest.toFixed(1)} s at most, ${violations || 'no violation'}`,
        ok: all.lost + all.twice === 0 && slowest <= 2 && violations === '' && acknowledged > 1000,
      }
    },
  },
  {
    name: 'SQLite: another process locks the database for 10 s',
    criterion: 'writes get 503 within 3 s, 0 reads fail, writes work in 2 s after the lock, 0 lost',
    async happen() {
      const installation = await createInstallation()
      await installation.start()
      const clients = startClients(installation.url, installation.token)
      await sleep(1000)
      const locker = new DatabaseSync(installation.file, { timeout: 5000 })
      locker.exec('begin immediate')
      clients.take()
      const startedMs = performance.now()
      const status = await installation.status('/users', {
        method: 'POST',
        headers: { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' },
        body: '{"username":"locked","email":"locked@example.com"}',
      })
      const refusedSeconds = (performance.now() - startedMs) / 1000
      await sleep(10_000 - refusedSeconds * 1000)
      const { reads, failedReads } = clients.take()
      locker.exec('rollback')
      locker.close()
      clients.beginWait()
      await sleep(3000)
      const { gapSeconds } = clients.take()
      await clients.stop()
      const { lost } = comparedIn(installation.file, clients.acknowledged)
      await installation.remove()
      return {
        measured: `a write got ${status} after ${refusedSeconds.toFixed(1)} s; ${failedReads} of ${reads} reads failed; writes again after ${gapSeconds.toFixed(1)} s; ${lost} lost`,
        ok: status === 503 && refusedSeconds <= 3 && failedReads === 0 && gapSeconds <= 2 && lost === 0,
      }
    },
  },
  {
    name: 'SQLite: the end of the log is cut off 20 times',
    criterion: 'starts with whole transactions only: all rows fit together',
    async happen() {
      const { installation, acknowledged } = await killedUnderWrites()
      const saved = (name: string) => join(installation.folder, `saved${name}`)
      for (const name of ['', '-wal']) copyFileSync(`${installation.file}${name}`, saved(name))
      const { size } = statSync(saved('-wal'))
      const wrong = new Set<string>()
      for (let round = 0; round < 20; round += 1) {
        for (const name of ['', '-wal']) copyFileSync(saved(name), `${installation.file}${name}`)
        rmSync(`${installation.file}-shm`, { force: true })
        truncateSync(`${installation.file}-wal`, Math.floor(Math.random() * size))
        await installation.start()
        await installation.stop()
        const violations = await installation.violations()
        if (violations) wrong.add(violations)
      }
      await installation.remove()
      return {
        measured: `${acknowledged.length} writes, a log of ${size} bytes: ${[...wrong].join('; ') || 'no violation'}`,
        ok: wrong.size === 0 && size > 100_000,
      }
    },
  },
  {
    name: 'SQLite: the bytes of one page are changed, 20 pages in turn',
    criterion:
      'no wrong answer without a warning: the page is unused, or the start, `doctor` or a restart names the damage',
    async happen() {
      const { installation, acknowledged } = await killedUnderWrites()
      await installation.start()
      await installation.stop()
      const saved = join(installation.folder, 'saved')
      copyFileSync(installation.file, saved)
      const pages = Math.floor(statSync(saved).size / pageBytes)
      const told = { refused: 0, named: 0, silent: 0 }
      for (let round = 0; round < 20; round += 1) {
        copyFileSync(saved, installation.file)
        damage(installation.file, 1 + Math.floor(Math.random() * (pages - 1)))
        const isRefused = (await installation.roster(['doctor'])).status !== 0
        const violations = isRefused ? '' : await installation.violations()
        if (isRefused) told.refused += 1
        else if (violations) told.named += 1
        else if (comparedIn(installation.file, acknowledged).lost > 0) told.silent += 1
      }
      await installation.remove()
      return {
        measured: `${told.refused} refused by doctor, ${told.named} named by doctor --deep, ${20 - told.refused - told.named - told.silent} without effect, ${told.silent} wrong without a warning`,
        ok: told.silent === 0 && told.refused + told.named > 0,
      }
    },
  },
  {
    name: 'SQLite: a backup is made under writes, restored, and used',
    criterion: 'no write that was acknowledged before the backup began is missing; all rows fit together',
    async happen() {
      const installation = await createInstallation()
      await installation.start()
      const clients = clientsOf(installation, 4)
      await sleep(3000)
      const before = [...clients.acknowledged]
      const backup = join(installation.folder, 'backup.db')
      const made = await installation.roster(['backup', backup])
      const during = clients.acknowledged.length - before.length
      await clients.stop()
      const { lost } = comparedIn(backup, before)
      await installation.stop()
      const restored = await installation.roster(['restore', backup, '--yes'])
      const seconds = await installation.start()
      await installation.stop()
      const violations = await installation.violations()
      await installation.remove()
      return {
        measured: `${before.length} writes before and ${during} during the backup, ${lost} missing in it; restore ${restored.status === 0 ? 'done' : restored.err}, ready after ${seconds.toFixed(1)} s, ${violations || 'no violation'}`,
        ok: made.status === 0 && restored.status === 0 && lost === 0 && violations === '',
      }
    },
  },
]

/** Turns the bits of 64 bytes in the middle of a page. */
function damage(file: string, page: number): void {
  const handle = openSync(file, 'r+')
  const bytes = Buffer.alloc(64)
  const at = page * pageBytes + pageBytes / 2
  readSync(handle, bytes, 0, bytes.length, at)
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = bytes[index]! ^ 0xff
  writeSync(handle, bytes, 0, bytes.length, at)
  closeSync(handle)
}
