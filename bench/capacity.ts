/**
 * Computes the table "Capacity" of `docs/performance.md` from measured figures, for a day with typical use. It measures nothing
 * itself: after new measurements, change the figures here.
 *
 * node bench/capacity.ts
 */

/** `npm run bench` and `npm run bench -- --postgres`: µs of CPU for a request at the largest number of users. */
const cost = {
  sqlite: { signIn: 10_600, refresh: 280, read: 38 },
  postgres: { signIn: 8_700, refresh: 610, read: 114 },
  /** Of PostgreSQL itself. */
  database: { signIn: 2_900, refresh: 530, read: 47 },
}
/** Bytes of the database for an imported user with its indexes: the file of 1,000,000 users, `pg_database_size` with 50,000. */
const bytes = { sqlite: 1_690, postgres: 3_140 }
/** µs of a sign-in on the event loop, which is its cost without the hash (`node bench/logins.ts`). */
const signInOnLoop = 1_400
/** What a user does in a day. */
const daily = { signIn: 1, refresh: 5, read: 20 }
/** The busiest hour has this many times the average of a day. */
const peak = 4
/** A core that works more than this leaves no room for a peak within the hour. */
const busy = 0.5

type Cost = typeof cost.sqlite

const secondsPerDay = 86_400

/** The number of cores that the requests of the busiest hour take. */
function cores(users: number, each: Cost): number {
  const microseconds = daily.signIn * each.signIn + daily.refresh * each.refresh + daily.read * each.read
  return (users * peak * microseconds) / 1e6 / secondsPerDay / busy
}

/** The share of the only event loop that a process with SQLite has, in the busiest hour. */
function loop(users: number): string {
  const share = busy * cores(users, { ...cost.sqlite, signIn: signInOnLoop })
  return `${Number((100 * share).toPrecision(2))}%`
}

function size(total: number): string {
  const [unit, name] = total < 1e12 ? [1e9, 'GB'] : [1e12, 'TB']
  return `${Number((total / unit).toPrecision(2))} ${name}`
}

function rounded(value: number): string {
  return value < 1 ? 'below 1' : Number(value.toPrecision(2)).toLocaleString('en')
}

console.log(
  '| users | sign-ins a second | SQLite: file | its event loop | PostgreSQL: database | cores of Roster | cores of PostgreSQL |\n|---|---|---|---|---|---|---|',
)
for (const users of [1e5, 1e6, 1e7, 1e8, 1e9]) {
  const row = [
    users.toLocaleString('en'),
    rounded((users * daily.signIn * peak) / secondsPerDay),
    size(users * bytes.sqlite),
    loop(users),
    size(users * bytes.postgres),
    rounded(cores(users, cost.postgres)),
    rounded(cores(users, cost.database)),
  ]
  console.log(`| ${row.join(' | ')} |`)
}
