/** The invariants of the rows, which always hold. The checks read complete tables. */
import { type RawBuilder, sql } from 'kysely'
import type { Dialect, Reader } from './dialect.ts'

export type Invariant = {
  name: string
  /** A readable description of the violation; null if there is none. */
  violation: string | null
}

/** `reader` reads one consistent state. */
export async function checkInvariants(
  reader: Reader,
  dialect: Dialect,
  gramsOf: (searchText: string) => readonly string[],
): Promise<Invariant[]> {
  const count = async (counted: RawBuilder<unknown>): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from (${counted}) as found`.execute(reader)
    return Number(rows[0]!.n)
  }
  const found: Invariant[] = []
  for (const { name, rows, says } of rules(dialect)) {
    const n = await count(rows)
    found.push({ name, violation: n === 0 ? null : `${n} ${says}` })
  }
  const unsearchable = await unindexedUsers(reader, dialect, gramsOf)
  found.push({
    name: 'search',
    violation:
      unsearchable === 0
        ? null
        : `${unsearchable} of the last users are not found by all parts of their names; change and save them`,
  })
  return found
}

type Rule = { name: string; rows: RawBuilder<unknown>; says: string }

function rules(dialect: Dialect): Rule[] {
  const twice = (column: string) => sql`select ${sql.ref(column)} from users
    where deleted_at is null and ${sql.ref(column)} is not null group by 1 having count(*) > 1`
  const indexed =
    dialect.name === 'sqlite' ? sql`select rowid as seq from user_search` : sql`select seq from user_search`
  return [
    { name: 'unique usernames', rows: twice('username_key'), says: 'usernames belong to several users' },
    { name: 'unique addresses', rows: twice('email_key'), says: 'addresses belong to several users' },
    {
      name: 'keys of addresses',
      rows: sql`select 1 from users where (email is null and email_key <> ' ' || id)
        or (email is not null and email_key < '!')`,
      says: 'users have another key than that of their address; change the address and save it',
    },
    { name: 'unique external ids', rows: twice('external_id'), says: 'external ids belong to several users' },
    {
      name: 'administrator',
      rows: sql`select 1 from (select 1 from audit_events where type = 'role.assigned' or type = 'user.created' limit 1) as begun
        where exists (select 1 from user_roles where role = 'admin') and not exists (
          select 1 from user_roles join users on users.id = user_roles.user_id
          where user_roles.role = 'admin' and users.disabled_at is null and users.deleted_at is null)`,
      says: 'installation without an active administrator; run `roster admin create`',
    },
    {
      name: 'orphans',
      rows: orphans(dialect),
      says: 'rows name a row that is not there; restore a backup',
    },
    {
      name: 'search index',
      rows: sql`select seq from users where seq not in (${indexed})
        union all select seq from (${indexed}) as kept where seq not in (select seq from users)`,
      says: 'users are missing in the search index, or are there without being users',
    },
    {
      name: 'records of creations',
      rows: sql`select id from users
        where created_at > (select min(at) from audit_events where type = 'user.created')
          and not exists (select 1 from audit_events
            where audit_events.target_id = users.id and ${dialect.unindexed(sql`audit_events.type`)} = 'user.created')`,
      says: 'users have no audit event of their creation',
    },
    {
      name: 'counters',
      rows: wrongCounters(),
      says: 'counters differ from the rows; housekeeping corrects them',
    },
    {
      name: 'event feed',
      rows: sql`select 1 from events where position > (select max(position) from event_feed)`,
      says: 'events are ahead of the feed',
    },
    {
      name: 'mails',
      rows: sql`select id from mail_outbox where sent_at is not null and failed_at is not null`,
      says: 'mails were marked as both sent and failed',
    },
  ]
}

/** PostgreSQL always checks references; SQLite only on connections that enable it. */
function orphans(dialect: Dialect): RawBuilder<unknown> {
  if (dialect.name === 'sqlite') return sql`select * from pragma_foreign_key_check`
  return sql`select 1 from sessions where user_id not in (select id from users)
    union all select 1 from user_roles where user_id not in (select id from users)
    union all select 1 from refresh_tokens where session_id not in (select id from sessions)`
}

function wrongCounters(): RawBuilder<unknown> {
  const kept = (name: string) => sql`coalesce((select sum(amount) from (
      select name, amount from counters union all select name, amount from counter_changes) as amounts
    where name = ${sql.lit(name)}), 0)`
  const compared = (name: string, condition: RawBuilder<unknown>) =>
    sql`select 1 where ${kept(name)} <> (select count(*) from users where ${condition})`
  return sql`${compared('users', sql`deleted_at is null`)}
    union all ${compared('deleted', sql`deleted_at is not null`)}
    union all ${compared('disabled', sql`deleted_at is null and disabled_at is not null`)}
    union all ${compared('unverified', sql`deleted_at is null and email_verified_at is null`)}`
}

const searched = 100

/** The number of newest users that the search index does not find by all parts of their names. */
async function unindexedUsers(
  reader: Reader,
  dialect: Dialect,
  gramsOf: (searchText: string) => readonly string[],
): Promise<number> {
  const users = await reader
    .selectFrom('users')
    .select(['seq', 'search_text'])
    .orderBy('seq', 'desc')
    .limit(searched)
    .execute()
  let missing = 0
  for (const { seq, search_text } of users) {
    const grams = gramsOf(search_text)
    if (grams.length === 0) continue
    const { rows } =
      await sql`select 1 from ${dialect.search.having(grams)} as found where seq = ${seq}`.execute(reader)
    if (rows.length === 0) missing += 1
  }
  return missing
}
