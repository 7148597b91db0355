/** The tables `counters` and `counter_changes`. */
import { sql } from 'kysely'
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'

export type CounterChange = { name: string; bucket: string; amount: number }

export const userCounters = ['users', 'disabled', 'unverified', 'deleted'] as const
export type UserCounter = (typeof userCounters)[number]

export function createStatisticsStore(database: Database) {
  const { scan } = database
  const insert = inserter(database, 'counter_changes')
  const amounts = () =>
    scan
      .selectFrom('counters')
      .select(['name', 'bucket', 'amount'])
      .unionAll(scan.selectFrom('counter_changes').select(['name', 'bucket', 'amount']))
      .as('amounts')

  return {
    async add(tx: Tx, changes: readonly CounterChange[]): Promise<void> {
      await insert(tx, changes)
    },

    /** The sum of each counter over all its buckets. */
    async totals(names: readonly string[]): Promise<Map<string, number>> {
      // Each table is summed on its own, because the rows of a union are copied before they are sorted.
      const sums = (table: 'counters' | 'counter_changes') =>
        scan
          .selectFrom(table)
          .select(['name', (at) => at.fn.sum<number>('amount').as('amount')])
          .where('name', 'in', names)
          .groupBy('name')
      const rows = await scan
        .selectFrom(sums('counters').unionAll(sums('counter_changes')).as('sums'))
        .select(['name', (at) => at.fn.sum<number>('amount').as('amount')])
        .groupBy('name')
        .execute()
      return new Map(rows.map(({ name, amount }) => [name, Number(amount)]))
    },

    /** The counters of these names, by bucket, from this bucket on. */
    async since(names: readonly string[], bucket: string): Promise<CounterChange[]> {
      const rows = await scan
        .selectFrom(amounts())
        .select(['name', 'bucket', (at) => at.fn.sum<number>('amount').as('amount')])
        .where('name', 'in', names)
        .where('bucket', '>=', bucket)
        .groupBy(['name', 'bucket'])
        .execute()
      return rows.map((row) => ({ ...row, amount: Number(row.amount) }))
    },

    /** Adds the oldest changes to the counters. @returns their number */
    async fold(tx: Tx, limit: number): Promise<number> {
      const oldest = tx.selectFrom('counter_changes').select('seq').orderBy('seq').limit(limit)
      const changes = await tx
        .deleteFrom('counter_changes')
        .where('seq', 'in', oldest)
        .returning(['name', 'bucket', 'amount'])
        .execute()
      const sums = new Map<string, CounterChange>()
      for (const { name, bucket, amount } of changes) {
        const sum = sums.get(`${name} ${bucket}`) ?? { name, bucket, amount: 0 }
        sums.set(`${name} ${bucket}`, { ...sum, amount: sum.amount + Number(amount) })
      }
      for (const key of [...sums.keys()].sort())
        await tx
          .insertInto('counters')
          .values(sums.get(key)!)
          .onConflict((conflict) =>
            conflict
              .columns(['name', 'bucket'])
              .doUpdateSet((to) => ({ amount: to('counters.amount', '+', to.ref('excluded.amount')) })),
          )
          .execute()
      return changes.length
    },

    /**
     * The differences between the counters of a bucket and its users, in one consistent read. Correct counters are left
     * out.
     */
    async difference(tx: Tx, bucket: string, from: number, until: number): Promise<CounterChange[]> {
      const counted = (name: UserCounter) => sql<number>`
        coalesce((select sum(amount) from counters where name = ${sql.lit(name)} and bucket = ${bucket}), 0)
        + coalesce((select sum(amount) from counter_changes where name = ${sql.lit(name)} and bucket = ${bucket}), 0)`
      const { rows } = await sql<Record<UserCounter, number>>`
        select
          count(*) filter (where deleted_at is null) - (${counted('users')}) as users,
          count(*) filter (where deleted_at is null and disabled_at is not null) - (${counted('disabled')}) as disabled,
          count(*) filter (where deleted_at is null and email_verified_at is null)
            - (${counted('unverified')}) as unverified,
          count(*) filter (where deleted_at is not null) - (${counted('deleted')}) as deleted
        from users where seq >= ${from} and seq < ${until}`.execute(tx)
      const [row] = rows
      return userCounters.flatMap((name) => {
        const amount = Number(row?.[name] ?? 0)
        return amount === 0 ? [] : [{ name, bucket, amount }]
      })
    },

    /** The highest number of a user's row; 0 when there is none. */
    async lastSeq(): Promise<number> {
      const row = await scan
        .selectFrom('users')
        .select((at) => at.fn.max<number | null>('seq').as('last'))
        .executeTakeFirst()
      return Number(row?.last ?? 0)
    },
  }
}
