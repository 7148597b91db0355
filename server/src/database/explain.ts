/** Explains database errors in a sentence for operators. */
import { type Thrown, thrown } from '../errors.ts'

export type Explanation = {
  reason: string
  /** Whether the operator must change something, because waiting does not help. */
  lasting: boolean
  /** Whether the sentence contains no part of the error itself, such as an address. */
  isPublic: boolean
  /** Another process has the lock of SQLite, which is temporary. */
  locked: boolean
}

const certificateFault = /^(ERR_TLS_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/

const postgresReasons: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refuses the password of this user; correct the user or the password in DATABASE_URL',
  '28000':
    'PostgreSQL does not let this user in; correct the user in DATABASE_URL or the rules in pg_hba.conf',
  '3D000': 'PostgreSQL has no database of this name; create it with createdb or correct DATABASE_URL',
  '3F000':
    'PostgreSQL has no schema to create tables in; create one and put it into the search_path of this user',
  '42501':
    'this PostgreSQL user may not do that; grant it `create` on the schema and make it the owner of the tables',
  '42P07':
    'the database has a table of the same name that Roster did not make; give Roster a database of its own',
}

const passingReasons: Readonly<Record<string, string>> = {
  '25006': 'the PostgreSQL server accepts no writes',
  '26000': 'a pooler loses prepared statements; set ROSTER_DATABASE_POOLER=transaction',
  '42P05': 'a pooler mixes up prepared statements; set ROSTER_DATABASE_POOLER=transaction',
  '53100': 'the disk of the PostgreSQL server is full',
  '53300':
    'the PostgreSQL server has no connection left; lower ROSTER_DATABASE_POOL_SIZE or raise max_connections',
  '57P03': 'the PostgreSQL server is starting or stopping',
}

const sqliteReasons: Readonly<Record<number, string>> = {
  5: 'another process holds the lock of the SQLite file',
  6: 'another process holds the lock of the SQLite file',
  8: 'the SQLite file or its file system is read-only',
  10: 'the SQLite file cannot be read or written (an error of the disk)',
  11: 'the SQLite file is damaged; restore a backup',
  13: 'the disk of the SQLite file is full',
  14: 'the SQLite file cannot be opened',
  26: 'the SQLite file is damaged or not a database; restore a backup',
}

/** Looks through the causes of the error. @returns undefined for an error that has nothing to do with the database */
export function explain(error: unknown): Explanation | undefined {
  for (let fault = error, depth = 0; fault && depth < 6; depth += 1) {
    const { cause, errors } = thrown(fault)
    const found = explained(thrown(fault))
    if (found) return found
    fault = cause ?? errors?.[0]
  }
  return undefined
}

function explained({ code, errcode, message = '' }: Thrown): Explanation | undefined {
  if (errcode !== undefined) {
    const reason = sqliteReasons[errcode & 0xff]
    const locked = [5, 6].includes(errcode & 0xff)
    return reason === undefined ? undefined : { ...known(`${reason} (${errcode})`), locked }
  }
  if (/does not support SSL|offers no channel binding/.test(message))
    return known(`${message}; see sslmode and channel_binding in DATABASE_URL`, true)
  if (code === undefined)
    return /timeout|Connection terminated/.test(message)
      ? known('the PostgreSQL server does not answer in time')
      : undefined
  if (certificateFault.test(code))
    return known(
      `the certificate of the PostgreSQL server is not trusted (${code}); see sslmode and sslrootcert in DATABASE_URL`,
      true,
    )
  if (postgresReasons[code] !== undefined) return known(`${postgresReasons[code]} (${code})`, true)
  if (passingReasons[code] !== undefined) return known(`${passingReasons[code]} (${code})`)
  // Messages of poolers.
  if (code === '08P01')
    return told(`${message} (${code})`, /unsupported startup|no such (database|user)/.test(message))
  if (/^(08|53|57|58)...$/.test(code)) return told(`${message} (${code})`)
  return /^E[A-Z_]+$/.test(code) && message !== '' ? told(message) : undefined
}

const known = (reason: string, lasting = false): Explanation => ({
  reason,
  lasting,
  isPublic: true,
  locked: false,
})
const told = (reason: string, lasting = false): Explanation => ({
  reason,
  lasting,
  isPublic: false,
  locked: false,
})
