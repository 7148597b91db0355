/** Parses the connection to PostgreSQL strictly: `DATABASE_URL` with the parameters and `PG*` variables of libpq. */
import { type Named, type Tls, tlsOf } from './tls.ts'

export type Server = Readonly<{
  /** A name, an address, or the folder of a Unix socket, which begins with a slash. */
  host: string
  port: number
}>

export type PostgresTarget = Readonly<{
  servers: readonly Server[]
  user: string
  password: string | undefined
  database: string
  /** Whether the server must accept writes. */
  writable: boolean
  tls: Tls
  connectTimeoutMs: number
  applicationName: string
  options: string | undefined
}>

type Environment = Readonly<Record<string, string | undefined>>

const encode =
  'has a character that must be percent-encoded in a user name or password: / as %2F, @ as %40, ? as %3F, % as %25'

/** The supported parameters, and the variable that replaces each one if it is missing. */
const parameters: Readonly<Record<string, string | undefined>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  ssl: undefined,
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslpassword: undefined,
  channel_binding: 'PGCHANNELBINDING',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  options: 'PGOPTIONS',
}

const defaultConnectTimeoutMs = 2000

/** @throws an error whose message begins with the name of the setting and contains no value */
export function postgresTarget(
  url: string,
  environment: Environment = {},
  readFile: (path: string) => string = () => '',
): PostgresTarget {
  const given = partsOf(url)
  const named = (parameter: string) => {
    const variable = parameters[parameter]
    const inUrl = given.get(parameter)
    if (inUrl !== undefined && inUrl !== '') return { value: inUrl, source: `DATABASE_URL: ${parameter}` }
    const value = variable === undefined ? undefined : environment[variable] || undefined
    return { value, source: variable ?? parameter }
  }
  const value = (parameter: string) => named(parameter).value
  const user = value('user') ?? (environment['USER'] || undefined)
  if (user === undefined) throw new Error('DATABASE_URL names no user, and PGUSER is not set')
  return Object.freeze({
    servers: serversOf(named('host'), named('port')),
    user,
    password: value('password'),
    database: value('dbname') ?? user,
    writable: isWritable(named('target_session_attrs')),
    tls: tlsOf(named, readFile),
    connectTimeoutMs: timeoutOf(named('connect_timeout')),
    applicationName: value('application_name') ?? 'roster',
    options: value('options'),
  })
}

/** The parts of the URL, by the names of libpq's parameters. */
function partsOf(url: string): Map<string, string> {
  const match = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url)
  if (!match) throw new Error('DATABASE_URL must be postgres://user:password@host:port/database')
  const [, authority = '', path = '', query = ''] = match
  const at = authority.indexOf('@')
  const isMisread =
    authority.indexOf('@', at + 1) !== -1 || /[@/]/.test(path) || (at === -1 && query.includes('@'))
  if (isMisread) throw new Error(`DATABASE_URL ${encode}`)
  const parts = new Map<string, string>()
  const set = (name: string, text: string) => {
    if (text !== '') parts.set(name, decoded(text))
  }
  const colon = authority.indexOf(':')
  const userEnds = colon !== -1 && colon < at ? colon : at
  if (at !== -1) {
    set('user', authority.slice(0, userEnds))
    if (userEnds < at) set('password', authority.slice(userEnds + 1, at))
  }
  const hosts = authority
    .slice(at + 1)
    .split(',')
    .map(hostAndPort)
  set('host', hosts.map(({ host }) => host).join(','))
  if (hosts.some(({ port }) => port !== '')) parts.set('port', hosts.map(({ port }) => port).join(','))
  set('dbname', path)
  for (const pair of query === '' ? [] : query.split('&')) addParameter(parts, pair)
  return parts
}

function addParameter(parts: Map<string, string>, pair: string): void {
  const equals = pair.indexOf('=')
  const name = equals === -1 ? pair : pair.slice(0, equals)
  if (!/^[a-z_]{1,30}$/.test(name) || equals === -1) throw new Error(`DATABASE_URL ${encode}`)
  if (!Object.hasOwn(parameters, name)) throw new Error(`DATABASE_URL has the unknown parameter ${name}`)
  parts.set(name, decoded(pair.slice(equals + 1)))
}

function hostAndPort(text: string): { host: string; port: string } {
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? []
  return { host: bracketed ?? plain, port }
}

function decoded(text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw new Error('DATABASE_URL has a % that must be written as %25')
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('DATABASE_URL has percent-encoded bytes that are not UTF-8')
  }
}

function serversOf(host: Named, port: Named): readonly Server[] {
  const hosts = (host.value ?? 'localhost').split(',').map((each) => each || 'localhost')
  const ports = (port.value ?? '5432').split(',').map((each) => each || '5432')
  if (ports.length !== 1 && ports.length !== hosts.length)
    throw new Error(`${settingOf(port)} has ${ports.length} ports for ${hosts.length} hosts`)
  for (const each of ports)
    if (!/^\d{1,5}$/.test(each) || Number(each) < 1 || Number(each) > 65535)
      throw new Error(`${settingOf(port)} has a port that is not a number from 1 to 65535`)
  for (const each of hosts)
    if (!/^(\/.*|[\w.:%-]+)$/s.test(each))
      throw new Error(
        `${settingOf(host)} has a host that is not a name, an address or a folder; it ${encode}`,
      )
  return hosts.map((each, index) => ({ host: each, port: Number(ports[index] ?? ports[0]) }))
}

export function settingOf({ source }: Named): string {
  return source.split(':')[0]!
}

function isWritable(attributes: Named): boolean {
  const { value = 'read-write' } = attributes
  if (!['any', 'read-write', 'primary'].includes(value))
    throw new Error(`${attributes.source} must be read-write, primary or any: Roster writes`)
  return value !== 'any'
}

function timeoutOf(timeout: Named): number {
  if (timeout.value === undefined || timeout.value === '0') return defaultConnectTimeoutMs
  if (!/^\d{1,3}$/.test(timeout.value)) throw new Error(`${timeout.source} must be a number of seconds`)
  return Number(timeout.value) * 1000
}
