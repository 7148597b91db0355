/** The last release and this version on one database, as in a rolling upgrade. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClients } from '../cluster/clients.ts'
import { startPostgres } from '../postgres-server.ts'
import { releases } from '../upgrades/recorded.ts'
import type { MachineFault } from './fault.ts'
import { createInstallation } from './installation.ts'
import { comparedIn } from './postgres-rows.ts'

const root = new URL('../../..', import.meta.url).pathname
const release = releases.at(-1)!
const seconds = 60

/** The sources of the release, with their packages: the tag, or the commit that recorded its database. */
function checkedOut(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const tag = git('tag', '--list', `v${release}`)
  const recorded = `server/test/upgrades/releases/${release}.sql`
  const commit = tag || git('log', '-1', '--format=%H', '--', recorded)
  if (commit === '') throw new Error(`the history does not reach back to ${release}`)
  const folder = mkdtempSync(join(tmpdir(), 'roster-release-'))
  execFileSync('sh', ['-c', `git archive ${commit} | tar -x -C ${folder}`], { cwd: root })
  execFileSync('npm', ['ci', '--silent'], { cwd: folder, stdio: 'ignore' })
  return folder
}

export const versionFaults: MachineFault[] = [
  {
    name: `PostgreSQL: ${release} continues to run while this version migrates the database and also serves requests`,
    criterion: '0 failed requests of either version, 0 lost, 0 twice, all rows fit together',
    async happen() {
      const folder = checkedOut()
      const server = await startPostgres({ settings: ['fsync=on'] })
      const key = { ROSTER_SECRET_KEY: randomBytes(32).toString('base64') }
      const old = await createInstallation(server.url, key, { bin: join(folder, 'server/bin/roster.js') })
      await old.start()
      const { token } = old
      const next = await createInstallation(server.url, key, { token })
      try {
        const before = startClients(old.url, token)
        await sleep(2000)
        await next.start()
        const after = startClients(next.url, token)
        await sleep(seconds * 1000)
        await Promise.all([before.stop(), after.stop()])
        const taken = [before.take(), after.take()]
        const sum = (name: 'writes' | 'failedWrites' | 'reads' | 'failedReads') =>
          taken.reduce((total, outcome) => total + outcome[name], 0)
        const acknowledged = [...before.acknowledged, ...after.acknowledged]
        const { lost, twice } = await comparedIn(server.url, acknowledged)
        await Promise.all([old.stop(), next.stop()])
        const violations = await next.violations()
        return {
          measured: `${sum('writes')} writes and ${sum('reads')} reads, of which ${sum('failedWrites') + sum('failedReads')} failed; ${lost} lost, ${twice} twice; ${violations || 'no violation'}`,
          ok:
            sum('failedWrites') + sum('failedReads') + lost + twice === 0 &&
            taken.every(({ writes }) => writes > 0) &&
            violations === '',
        }
      } finally {
        await Promise.all([old.remove(), next.remove()])
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    },
  },
]
