/** A control group with little memory, which the kernel holds the processes in it to. Needs Linux and root. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type MemoryLimit = {
  /** Moves the service into the group; for `Installation.start`. */
  command: string
  /** The most memory that the group has had, files that it read included, in MiB. */
  peakMiB(): number
  remove(): void
}

const root = '/sys/fs/cgroup'

/** @throws when this machine lets no group be made */
export function limitMemory(mebibytes: number): MemoryLimit {
  const isFirstVersion = existsSync(join(root, 'memory/memory.limit_in_bytes'))
  const folder = join(root, isFirstVersion ? 'memory' : '', `roster-${process.pid}-${mebibytes}`)
  const [limit, peak] = isFirstVersion
    ? ['memory.limit_in_bytes', 'memory.max_usage_in_bytes']
    : ['memory.max', 'memory.peak']
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, limit), `${mebibytes}M`)
  return {
    command: `echo $$ > ${join(folder, 'cgroup.procs')} && exec "$0" "$@"`,
    peakMiB: () => Number(readFileSync(join(folder, peak), 'utf8')) / 2 ** 20,
    remove: () => rmdirSync(folder),
  }
}
