/**
 * Three machines in network namespaces, each with etcd, Patroni and PostgreSQL; HAProxy and PgBouncer in front of them; two
 * replicas of Roster behind HAProxy. Needs root and what `install.sh` installs.
 */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { balancer, haproxyConfig, patroniConfig, pooler, poolerConfig, subnet } from './configs.ts'

const root = new URL('../../..', import.meta.url).pathname
const tools = '/opt/roster-faults/bin'

export type Machine = { name: string; address: string; etcd?: ChildProcess; patroni?: ChildProcess }
export type Cluster = Awaited<ReturnType<typeof startCluster>>

export async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'roster-cluster-'))
  chmodSync(folder, 0o755)
  const owner = { uid: number('id -u postgres'), gid: number('id -g postgres') }
  const machines: Machine[] = [1, 2, 3].map((at) => ({ name: `rost${at}`, address: `${subnet}.${at + 10}` }))
  const running = new Set<ChildProcess>()

  const start = (name: string, command: string[], env: Record<string, string> = {}): ChildProcess => {
    const log = openSync(join(folder, `${name}.log`), 'a')
    const child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      cwd: folder,
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }
  const inside = ({ name }: Machine, ...command: string[]) => ['ip', 'netns', 'exec', name, ...command]
  const asPostgres = (...command: string[]) => [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    ...command,
  ]

  const network = () => {
    run('ip link add rostbr type bridge')
    run(`ip addr add ${subnet}.1/24 dev rostbr`)
    run('ip link set rostbr up')
    for (const { name, address } of machines) {
      run(`ip netns add ${name}`)
      run(`ip link add ${name} type veth peer name eth0 netns ${name}`)
      run(`ip link set ${name} master rostbr up`)
      run(`ip -n ${name} addr add ${address}/24 dev eth0`)
      run(`ip -n ${name} link set eth0 up`)
      run(`ip -n ${name} link set lo up`)
    }
  }
  const startEtcd = (machine: Machine) => {
    const { name, address } = machine
    const url = (port: number) => `http://${address}:${port}`
    const data = join(folder, `${name}-etcd`)
    machine.etcd = start(
      `${name}-etcd`,
      inside(
        machine,
        'etcd',
        '--name',
        name,
        '--data-dir',
        data,
        '--listen-peer-urls',
        url(2380),
        '--listen-client-urls',
        url(2379),
        '--advertise-client-urls',
        url(2379),
        '--initial-advertise-peer-urls',
        url(2380),
        '--initial-cluster',
        machines.map((each) => `${each.name}=http://${each.address}:2380`).join(','),
        '--heartbeat-interval',
        '300',
        '--election-timeout',
        '3000',
      ),
      { ETCD_UNSUPPORTED_ARCH: process.arch },
    )
  }
  const startPatroni = (machine: Machine) => {
    machine.patroni = start(
      `${machine.name}-patroni`,
      inside(machine, ...asPostgres(`${tools}/patroni`, join(folder, `${machine.name}.yml`))),
    )
  }
  const prepareMachine = ({ name, address }: Machine) => {
    const disk = join(folder, `${name}-disk`)
    mkdirSync(disk)
    // A disk of its own, small enough to be filled.
    run(`mount -t tmpfs -o size=512m,mode=0755,uid=${owner.uid},gid=${owner.gid} tmpfs ${disk}`)
    const socket = join(disk, 'data.socket')
    mkdirSync(socket)
    chownSync(socket, owner.uid, owner.gid)
    const file = join(folder, `${name}.yml`)
    writeFileSync(
      file,
      patroniConfig({
        name,
        address,
        data: join(disk, 'data'),
        etcd: machines.map((each) => `${each.address}:2379`),
      }),
    )
    chownSync(file, owner.uid, owner.gid)
  }
  const stopAll = () => {
    for (const child of running) child.kill('SIGKILL')
    for (const { name } of machines) {
      for (const pid of spawnSync('ip', ['netns', 'pids', name])
        .stdout.toString()
        .split('\n')
        .filter(Boolean))
        kill(Number(pid), 'SIGKILL')
      spawnSync('umount', ['-l', join(folder, `${name}-disk`)])
      spawnSync('ip', ['netns', 'del', name])
      spawnSync('ip', ['link', 'del', name])
    }
    spawnSync('ip', ['link', 'del', 'rostbr'])
    rmSync(folder, { recursive: true, force: true })
  }

  /** The machine that Patroni names as leader, asked at its REST interface. */
  const leader = async (except?: Machine): Promise<Machine | undefined> => {
    for (const machine of machines) {
      if (machine === except) continue
      const answer = await fetch(`http://${machine.address}:8008/primary`, {
        signal: AbortSignal.timeout(1500),
      }).catch(() => undefined)
      if (answer?.status === 200) return machine
    }
    return undefined
  }
  const waitFor = async (what: string, seconds: number, test: () => Promise<unknown>) => {
    const endsMs = performance.now() + seconds * 1000
    while (!(await test().catch(() => false))) {
      if (performance.now() > endsMs) throw new Error(`not in ${seconds} s: ${what}; see ${folder}`)
      await sleep(500)
    }
  }
  const sql = async (text: string, database = 'postgres') => {
    const url = `postgres://postgres:secret@${subnet}.1:${balancer.writes}/${database}?connect_timeout=5`
    return (await runAsync('psql', [url, '-qAtc', text], { maxBuffer: 64 * 1024 * 1024 })).stdout
  }

  const startPooler = () => {
    const users = join(folder, 'users.txt')
    writeFileSync(users, '"roster" "secret"\n')
    writeFileSync(join(folder, 'pgbouncer.ini'), poolerConfig(users))
    return start('pgbouncer', asPostgres('/usr/sbin/pgbouncer', '-q', join(folder, 'pgbouncer.ini')))
  }
  const settings = {
    ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
    ROSTER_RATE_LIMITS: 'off',
    ROSTER_LOG_LEVEL: 'warn',
    ROSTER_HOST: `${subnet}.1`,
    ROSTER_PUBLIC_URL: `http://${subnet}.1:${balancer.http}`,
    ROSTER_SHUTDOWN_DELAY_SECONDS: '5',
  }
  const urls = {
    hosts: `postgres://roster:secret@${machines.map(({ address }) => `${address}:5432`).join(',')}/roster`,
    pooled: `postgres://roster:secret@${subnet}.1:${pooler}/roster`,
  }
  const replicas: ChildProcess[] = []
  /** The first knows all servers, the second a pooler behind a balancer. */
  const startReplica = (at: 0 | 1) => {
    replicas[at] = start(`roster${at}`, [process.execPath, join(root, 'server/bin/roster.js'), 'serve'], {
      ...settings,
      DATABASE_URL: at === 0 ? urls.hosts : urls.pooled,
      ROSTER_PORT: String(8001 + at),
    })
  }
  const roster = (args: string[], input = '') => {
    const child = spawnSync(process.execPath, [join(root, 'server/bin/roster.js'), ...args], {
      env: { ...process.env, ...settings, DATABASE_URL: urls.hosts },
      input,
    })
    return { status: child.status, out: child.stdout.toString(), err: child.stderr.toString() }
  }
  const isReady = async (at: 0 | 1) =>
    (await fetch(`http://${subnet}.1:${8001 + at}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok

  try {
    network()
    for (const machine of machines) startEtcd(machine)
    for (const machine of machines) prepareMachine(machine)
    await sleep(3000)
    startPatroni(machines[0]!)
    await waitFor('the first leader', 90, async () => leader())
    for (const machine of machines.slice(1)) startPatroni(machine)
    writeFileSync(join(folder, 'haproxy.cfg'), haproxyConfig(machines))
    start('haproxy', ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')])
    await waitFor('two standbys, one of them synchronous', 120, async () => {
      const states = (await sql('select sync_state from pg_stat_replication')).trim().split('\n')
      return states.length === 2 && states.includes('sync')
    })
    await sql(`create role roster login password 'secret'`)
    await sql('create database roster owner roster')
    let bouncer = startPooler()
    await sleep(1000)
    const migrated = roster(['migrate'])
    if (migrated.status !== 0) throw new Error(migrated.err)
    startReplica(0)
    startReplica(1)
    for (const at of [0, 1] as const) await waitFor(`replica ${at}`, 60, () => isReady(at))
    return {
      folder,
      url: settings.ROSTER_PUBLIC_URL,
      machines,
      replicas,
      leader,
      waitFor,
      roster,
      sql,
      startPatroni,
      startEtcd,
      startReplica,
      isReady,
      async restartPooler() {
        bouncer.kill('SIGKILL')
        await sleep(500)
        bouncer = startPooler()
      },
      async switchOver(from: Machine, to: Machine) {
        const config = join(folder, `${from.name}.yml`)
        const between = ['--leader', from.name, '--candidate', to.name]
        await runAsync(`${tools}/patronictl`, ['-c', config, 'switchover', ...between, '--force'])
      },
      /** All processes of the machine but etcd. */
      signal(machine: Machine, signal: NodeJS.Signals) {
        const pids = spawnSync('ip', ['netns', 'pids', machine.name])
          .stdout.toString()
          .split('\n')
          .filter(Boolean)
        for (const pid of pids.map(Number)) if (!commandOf(pid).includes('etcd')) kill(pid, signal)
      },
      setNetwork: (machine: Machine, state: 'up' | 'down') => run(`ip link set ${machine.name} ${state}`),
      async fillDisk(machine: Machine) {
        const file = join(folder, `${machine.name}-disk`, 'filler')
        // It ends with an error: there is no more room.
        await runAsync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M']).catch(() => {})
        return () => rmSync(file)
      },
      logOf: (name: string) => readFileSync(join(folder, `${name}.log`), 'utf8'),
      stop: stopAll,
    }
  } catch (error) {
    if (process.env['KEEP']) console.error(folder)
    else stopAll()
    throw error
  }
}

/** The clients run in this process: what takes long must not hold them up. */
const runAsync = promisify(execFile)
const run = (command: string) => void execFileSync('/bin/sh', ['-c', command])
const number = (command: string) => Number(execFileSync('/bin/sh', ['-c', command]).toString())

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {}
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8')
  } catch {
    return ''
  }
}
