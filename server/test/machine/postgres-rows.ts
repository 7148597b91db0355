/** What stands in a database of PostgreSQL, read beside the service. */
import pg from 'pg'
import { compared } from '../cluster/clients.ts'

export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** The acknowledged users that are missing or doubled. */
export async function comparedIn(url: string, acknowledged: readonly string[]) {
  const rows = await query(
    url,
    "select username, count(*) as n from users where username like 'made-%' group by 1",
  )
  return compared(
    acknowledged,
    rows.map(({ username, n }) => [String(username), Number(n)] as const),
  )
}
