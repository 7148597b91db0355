/** Fills a database through `roster users import`, as an operator would. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { peopleLines } from './people.ts'

export type Loaded = { seconds: number; cpuSeconds: number; perSecond: number; peakMegabytes: number }

const root = new URL('..', import.meta.url).pathname
export const secretKey = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')

/** The unit of times in `/proc`. */
const ticksPerSecond = 100

/** Imports `count` people into the (empty) database; `lines` are theirs, in pieces of any size. */
export async function load(
  databaseUrl: string,
  count: number,
  lines: Iterable<string> = peopleLines(count),
): Promise<Loaded> {
  const env = { ...process.env, DATABASE_URL: databaseUrl, ROSTER_SECRET_KEY: secretKey }
  const made = spawnSync(process.execPath, ['server/bin/roster.js', 'migrate'], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (made.status !== 0) throw new Error(`the migration ended with ${made.status}`)
  const child = spawn(
    process.execPath,
    ['server/bin/roster.js', 'users', 'import', '-', '--from', 'roster', '--json'],
    { cwd: root, env, stdio: ['pipe', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'exit')
  let peakMegabytes = 0
  let cpuSeconds = 0
  const watch = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    peakMegabytes = Math.max(peakMegabytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
    const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    cpuSeconds = (Number(ticks[11]) + Number(ticks[12])) / ticksPerSecond
  }, 200)
  const started = performance.now()
  for (const some of lines) if (!child.stdin.write(some)) await once(child.stdin, 'drain')
  child.stdin.end()
  const [code] = await ended
  clearInterval(watch)
  if (code !== 0) throw new Error(`the import ended with ${code}`)
  const seconds = (performance.now() - started) / 1000
  return { seconds, cpuSeconds, perSecond: count / seconds, peakMegabytes }
}
