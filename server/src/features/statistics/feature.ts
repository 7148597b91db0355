/** Creates the statistics: the counters, and the set-up steps of an installation. */
import type { Counters, Numbers } from './service.ts'

type Needs = {
  counters: Counters
  /** Whether a mail server is set. */
  mail: boolean
  countAdmins(): Promise<number>
  hasApplication(): Promise<boolean>
}

export type Statistics = Numbers & {
  installation: { mail: boolean; administrators: number; applications: boolean }
}

export function createStatistics(needs: Needs) {
  const { read, ...counters } = needs.counters
  return {
    ...counters,

    /** The answer of `GET /statistics`. */
    async read(days: number): Promise<Statistics> {
      const [numbers, administrators, applications] = await Promise.all([
        read(days),
        needs.countAdmins(),
        needs.hasApplication(),
      ])
      return { ...numbers, installation: { mail: needs.mail, administrators, applications } }
    },
  }
}
