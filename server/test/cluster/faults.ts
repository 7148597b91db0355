/** Faults of a cluster, for `npm run faults -- cluster`. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Row } from '../machine/fault.ts'
import { type Clients, compared, startClients } from './clients.ts'
import { type Cluster, type Machine, startCluster } from './cluster.ts'

type Fault = {
  name: string
  gapLimit: number
  /** From when the limit counts, where that is not the last write before the fault. */
  since?: string
  /** Whether the leader stays, so that reads go on. */
  readable?: boolean
  happen(cluster: Cluster, clients: Clients): Promise<void>
}

const leaderOf = async (cluster: Cluster): Promise<Machine> => {
  let found: Machine | undefined
  await cluster.waitFor('a leader', 60, async () => {
    found = await cluster.leader()
    return found
  })
  return found!
}
const synchronousStandby = async (cluster: Cluster): Promise<Machine> => {
  const names = await cluster.sql(
    `select application_name from pg_stat_replication where sync_state = 'sync'`,
  )
  return cluster.machines.find(({ name }) => names.trim().split('\n').includes(name))!
}
/** Until both standbys follow and one is synchronous again. */
const whole = (cluster: Cluster) =>
  cluster.waitFor('two standbys', 150, async () => {
    const states = (await cluster.sql('select sync_state from pg_stat_replication')).trim().split('\n')
    return states.length === 2 && states.includes('sync')
  })

const faults: Fault[] = [
  {
    name: 'switch-over by hand',
    gapLimit: 5,
    async happen(cluster) {
      const leader = await leaderOf(cluster)
      await cluster.switchOver(leader, await synchronousStandby(cluster))
      await sleep(10_000)
    },
  },
  {
    name: 'leader killed',
    gapLimit: 30,
    async happen(cluster) {
      const leader = await leaderOf(cluster)
      cluster.signal(leader, 'SIGKILL')
      await cluster.waitFor('a new leader', 60, () => cluster.leader(leader))
      await sleep(5000)
      cluster.startPatroni(leader)
    },
  },
  {
    name: 'leader frozen for 40 s (SIGSTOP), then awake',
    gapLimit: 30,
    async happen(cluster) {
      const leader = await leaderOf(cluster)
      cluster.signal(leader, 'SIGSTOP')
      await sleep(40_000)
      cluster.signal(leader, 'SIGCONT')
      await sleep(10_000)
    },
  },
  {
    name: 'leader cut off from the network for 40 s',
    gapLimit: 30,
    async happen(cluster) {
      const leader = await leaderOf(cluster)
      cluster.setNetwork(leader, 'down')
      await sleep(40_000)
      cluster.setNetwork(leader, 'up')
      await sleep(10_000)
    },
  },
  {
    name: 'PgBouncer restarted',
    gapLimit: 5,
    async happen(cluster) {
      await cluster.restartPooler()
      await sleep(10_000)
    },
  },
  {
    name: 'two of three etcd lost for 40 s',
    gapLimit: 30,
    async happen(cluster) {
      const leader = await leaderOf(cluster)
      const lost = cluster.machines.filter((machine) => machine !== leader)
      for (const { etcd } of lost) etcd!.kill('SIGKILL')
      await sleep(40_000)
      for (const machine of lost) cluster.startEtcd(machine)
      await sleep(15_000)
    },
  },
  {
    // PostgreSQL stays up, so no other server takes over: writes fail until there is room.
    name: 'disk of the leader full for 40 s',
    gapLimit: 5,
    since: 'there is room',
    readable: true,
    async happen(cluster, clients) {
      const leader = await leaderOf(cluster)
      const empty = await cluster.fillDisk(leader)
      await sleep(40_000)
      empty()
      clients.beginWait()
      await sleep(15_000)
    },
  },
  {
    name: 'both replicas restarted, one after the other',
    gapLimit: 5,
    async happen(cluster) {
      for (const at of [0, 1] as const) {
        const replica = cluster.replicas[at]!
        const ended = new Promise((resolve) => replica.once('exit', resolve))
        replica.kill('SIGTERM')
        await ended
        cluster.startReplica(at)
        await cluster.waitFor('the replica', 60, () => cluster.isReady(at))
        await sleep(2000)
      }
    },
  },
]

async function tried(cluster: Cluster, clients: Clients, fault: Fault): Promise<Row> {
  const { name, gapLimit, since, readable, happen } = fault
  await whole(cluster)
  await sleep(2000)
  clients.take()
  const pids = cluster.replicas.map(({ pid }) => pid)
  await happen(cluster, clients)
  await whole(cluster)
  await sleep(3000)
  const { writes, gapSeconds, slowestSeconds, failedReads, reads, failedWrites, wrong } = clients.take()
  const acknowledged = [...clients.acknowledged]
  const rows = await cluster.sql(
    `select username, count(*) from users where username like 'made-%' group by 1`,
    'roster',
  )
  const { lost, twice } = compared(
    acknowledged,
    rows
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('|'))
      .map(([username = '', count]) => [username, Number(count)] as const),
  )
  const isRestart = name.startsWith('both replicas')
  const died = isRestart
    ? 0
    : cluster.replicas.filter(({ pid, exitCode }, at) => pid !== pids[at] || exitCode !== null).length
  const isWhole = lost + twice + died + wrong.length === 0
  for (const text of wrong.slice(0, 3)) console.error(`wrong: ${text}`)
  const failures = isRestart ? failedReads + failedWrites : 0
  const isReadable = !readable || failedReads <= reads / 1000
  return {
    fault: name,
    criterion: `0 lost, 0 twice, writes back in ${gapLimit} s${since ? ` after ${since}` : ''}${isRestart ? ', 0 failed' : ''}${readable ? ', 99.9% of the reads answered' : ''}`,
    measured: `${writes} writes, ${lost} lost, ${twice} twice, back after ${gapSeconds.toFixed(1)} s, the slowest after ${slowestSeconds.toFixed(1)} s; ${failedReads} of ${reads} reads and ${failedWrites} writes failed${wrong.length ? `, ${wrong.length} wrong answers` : ''}`,
    ok: isWhole && gapSeconds <= gapLimit && failures === 0 && isReadable,
  }
}

/** @param wanted parts of names; empty for all */
export async function tryClusterFaults(wanted: readonly string[]): Promise<Row[]> {
  const chosen = faults.filter(
    ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
  )
  if (chosen.length === 0) return []
  const rows: Row[] = []
  const cluster = await startCluster()
  process.once('SIGINT', () => {
    cluster.stop()
    process.exit(130)
  })
  try {
    const made = cluster.roster(
      ['admin', 'create', '--username', 'admin', '--email', 'admin@example.com', '--password-stdin'],
      'correct horse battery\n',
    )
    if (made.status !== 0) throw new Error(made.err)
    const key = cluster.roster([
      'api-keys',
      'create',
      '--user',
      'admin',
      '--name',
      'faults',
      '--permissions',
      'users:read,users:write',
      '--json',
    ])
    const clients = startClients(cluster.url, (JSON.parse(key.out) as { secret: string }).secret)
    await sleep(3000)
    for (const fault of chosen) {
      const row = await tried(cluster, clients, fault).catch(
        (error: Error): Row => ({
          fault: fault.name,
          criterion: `writes back in ${fault.gapLimit} s`,
          measured: error.message,
          ok: false,
        }),
      )
      rows.push(row)
      console.error(`${row.ok ? 'ok  ' : 'FAIL'} ${row.fault}: ${row.measured}`)
    }
    await clients.stop()
    const deep = cluster.roster(['doctor', '--deep'])
    const bad = deep.out.split('\n').filter((line) => line.startsWith('BAD'))
    rows.push({
      fault: 'after all of them: `roster doctor --deep`',
      criterion: 'all rows fit together',
      measured:
        bad.length === 0
          ? `${clients.acknowledged.length} acknowledged writes, no violation`
          : bad.join('; '),
      ok: bad.length === 0 && deep.status === 0,
    })
  } finally {
    if (!process.env['KEEP']) cluster.stop()
  }
  return rows
}
