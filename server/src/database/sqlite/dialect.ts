/** The dialect of SQLite. */

import { CompiledQuery, type Expression, type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../dialect.ts'
import { writeLate } from './late-writes.ts'
import { translateError } from './translate-error.ts'

const addToSearch = 'insert into user_search (rowid, grams) values (?, ?)'
const removeFromSearch = 'delete from user_search where rowid = ?'

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  // Until a statement ends, SQLite keeps a copy of each changed page, and no other request can run.
  rowsAtOnce: 20,
  columns: {
    text: 'text',
    integer: 'integer',
    instant: 'text',
    json: 'text',
    sequence: sql`integer primary key`,
  },
  tableSuffix: sql`strict`,
  // `begin immediate` allows only one writing transaction at a time, so no further lock is needed.
  lockMigrations: async () => {},
  lock: async () => {},
  // In the order of the primary key; an `order by` of the aggregate itself would fill a table to sort them.
  rolesOf: (userId) => joined(rolesGiven(userId)),
  groupRolesOf: (userId) => joined(rolesThroughGroups(userId)),
  allRolesOf: (userId) => joined(sql`${rolesGiven(userId)} union ${rolesThroughGroups(userId)}`),
  jsonRolesOf: (userId) =>
    sql<string>`(select json_group_array(role) from (${rolesGiven(userId)} order by role))`,
  jsonText: (column) => sql<string>`json_quote(${column})`,
  jsonInstant: (column) => sql<string>`json_quote(${column})`,
  jsonArrayOf: (values) => sql`json_group_array(${values})`,
  bytes: (text) => sql`cast(${text} as blob)`,
  unindexed: (column) => sql`+${column}`,
  contains: (column, part) => sql<boolean>`instr(${column}, ${part}) > 0`,
  endsWith: (column, part) => sql<boolean>`substr(${column}, -${sql.lit([...part].length)}) = ${part}`,
  among: (column, values) => inList(column, JSON.stringify(values)),
  amongTexts: (column, values) => inList(column, JSON.stringify(values)),
  inList,
  list: (values) => JSON.stringify(values),
  // `begin immediate` has already locked the database.
  locked: (query) => query,
  jsonMember(column: Expression<string>, path) {
    const at = `$${path.map((key) => `."${key}"`).join('')}`
    // `true` and `false` are 1 and 0 in SQLite; they are converted to the text of JSON.
    return {
      type: sql<
        string | null
      >`case json_type(${column}, ${at}) when 'text' then 'string' when 'integer' then 'number' when 'real' then 'number' else json_type(${column}, ${at}) end`,
      text: sql<string | null>`json_extract(${column}, ${at})`,
    }
  },
  jsonElements(column, path) {
    const at = `$${path.map((key) => `."${key}"`).join('')}`
    return sql`(select case type when 'text' then 'string' when 'integer' then 'number' when 'real' then 'number' else type end as type, value as text from json_each(${column}, ${at}))`
  },
  instantIn: (seconds) => sql<string>`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ${`${seconds} seconds`})`,
  search: {
    // Grams are the words of this index. Letters that it would treat as separators are moved to the private use area.
    async create(tx) {
      await sql`create virtual table user_search using fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii')`.execute(
        tx,
      )
    },
    async mergeApart(tx) {
      // Eight segments are merged to one. If the merging between commits fails, 200 segments are merged in a commit.
      for (const setting of [`'automerge', 0`, `'usermerge', 8`, `'crisismerge', 200`])
        await sql.raw(`insert into user_search (user_search, rank) values (${setting})`).execute(tx)
    },
    // `mergeApart` merges after each commit.
    mergeOften: async () => {},
    async add(tx, entries) {
      writeLate(tx, entries.length, async () => {
        for (const { seq, grams } of entries)
          await tx.executeQuery(CompiledQuery.raw(addToSearch, [seq, words(grams)]))
      })
    },
    async remove(tx, seqs) {
      writeLate(tx, seqs.length, async () => {
        for (const seq of seqs) await tx.executeQuery(CompiledQuery.raw(removeFromSearch, [seq]))
      })
    },
    having: (grams) => matching(allOf(grams)),
    matching,
    match: allOf,
    isOrdered: true,
  },
  async protect(tx, { table, key, kept, erasable, at, before }) {
    const same = kept.map((column) => `new.${column} is old.${column}`)
    const erased = erasable.map((column) => `(new.${column} is null or new.${column} is old.${column})`)
    const limit = `(select max(${before.column}) from ${before.table})`
    const refused: [name: string, on: string, when: string][] = [
      [`${table}_no_update`, `update on ${table}`, `not (${[...same, ...erased].join(' and ')})`],
      [`${table}_no_delete`, `delete on ${table}`, `old.${at} >= coalesce(${limit}, '')`],
      // `insert or replace` deletes rows without the delete trigger.
      [
        `${table}_no_replace`,
        `insert on ${table}`,
        `new.${key} > 0 and exists (select 1 from ${table} where ${key} = new.${key})`,
      ],
      [`${before.table}_forward`, `update on ${before.table}`, `new.${before.column} < old.${before.column}`],
      [`${before.table}_no_delete`, `delete on ${before.table}`, '1'],
    ]
    for (const [name, on, when] of refused)
      await sql
        .raw(
          `create trigger ${name} before ${on} when ${when} begin select raise(abort, '${table} is append-only'); end`,
        )
        .execute(tx)
  },
  async protectColumn(tx, table, column) {
    await sql
      .raw(
        `create trigger ${table}_no_update_${column} before update on ${table} when new.${column} is not old.${column}
          begin select raise(abort, '${table} is append-only'); end`,
      )
      .execute(tx)
  },
  // The writer is opened with `synchronous = full`; the file stores only the journal mode. There is no server that could
  // be lost.
  async durability(from) {
    const { rows } = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(from)
    const mode = rows[0]?.journal_mode ?? 'unknown'
    return { ok: mode === 'wal', outlivesServer: true, detail: `journal_mode ${mode}, synchronous full` }
  },
  // Each query states its index.
  async analyze() {},
  async analyzeWhenSmall() {},
  async findDamage(from) {
    const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(from)
    const found = rows[0]?.quick_check
    return found === 'ok' ? null : (found ?? 'no answer')
  },
  translate: translateError,
}

function inList(column: Expression<number | string | null>, list: unknown): RawBuilder<boolean> {
  return sql<boolean>`${column} in (select value from json_each(${list}))`
}

function joined(roles: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`coalesce((select group_concat(role, ' ') from (${roles} order by role)), '')`
}

function rolesGiven(userId: Expression<string>): RawBuilder<unknown> {
  return sql`select role from user_roles where user_roles.user_id = ${userId}`
}

/** Starts at the user: `cross join` keeps the order of the tables in the query. */
function rolesThroughGroups(userId: Expression<string>): RawBuilder<unknown> {
  return sql`select distinct group_roles.role as role from group_members cross join group_tree cross join group_roles where group_members.user_id = ${userId} and group_tree.group_id = group_members.group_id and group_roles.group_id = group_tree.ancestor_id`
}

function matching(match: unknown): RawBuilder<{ seq: number }> {
  return sql<{ seq: number }>`(select rowid as seq from user_search where user_search match ${match})`
}

/** The query of the index for rows with every gram. */
function allOf(grams: readonly string[]): string {
  return `"${words(grams).replaceAll('\n', '" AND "')}"`
}

const separator = /[^a-z0-9\n\u0080-\u{10ffff}]/gu

/** The grams as words of the index, one on each line. A gram never contains a line break. */
function words(grams: readonly string[]): string {
  return grams.join('\n').replace(separator, (letter) => String.fromCharCode(0xe000 + letter.charCodeAt(0)))
}
