/** SCIM connections: managed over the API, and looked up for each request of a directory. */
import type { AuditLog, EventType, NewAuditEvent } from '../../../audit-events.ts'
import { createTtlCache } from '../../../caches/ttl-cache.ts'
import { type Caller, needToGrant } from '../../../caller.ts'
import { fromNow, monotonicMs, newId, now } from '../../../clock.ts'
import { type Database, duplicateIndex, isDangling, type Tx } from '../../../database/database.ts'
import { fromJsonText } from '../../../encoding/json-text.ts'
import { AppError, invalidInput } from '../../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../../if-match.ts'
import { cutPage, type Page, type PageOf } from '../../../page.ts'
import {
  type Connection,
  type ConnectionRow,
  columnsOfRules,
  connectionOf,
  defaultRules,
  type NamedConnectionRow,
  type Rules,
  rulesOf,
} from './connection.ts'
import type { RequestLog } from './request-log.ts'
import type { ConnectionStore, RequestRow } from './store.ts'

export type ConnectionNeeds = {
  database: Database
  audit: AuditLog
}
export type VersionedConnection = { connection: Connection; version: number }
export type ConnectionChanges = Partial<Rules> & { api_key_id?: string }
export type ShownRequest = ReturnType<typeof shownRequest>

const keptDays = 30
/** How long another replica may use former rules. */
const rememberMs = 400

export function createConnections(
  { database, audit }: ConnectionNeeds,
  store: ConnectionStore,
  requests: RequestLog,
) {
  const recent = createTtlCache<{ id: string; rules: Rules }>(rememberMs, 1000)
  const versioned = (row: NamedConnectionRow): VersionedConnection => ({
    connection: connectionOf(row),
    version: row.version,
  })
  const find = async (id: string): Promise<NamedConnectionRow> => {
    const row = await store.find(id)
    if (!row) throw new AppError('not_found')
    return row
  }
  const newRow = (apiKeyId: string, rules: Rules): ConnectionRow => {
    const at = now()
    return {
      id: newId(),
      api_key_id: apiKeyId,
      ...columnsOfRules(rules),
      last_request_at: null,
      version: 1,
      created_at: at,
      updated_at: at,
    }
  }
  /** Runs a write; the error says whether the API key has a connection already or does not exist. */
  const claiming = async (write: (tx: Tx) => Promise<void>): Promise<void> => {
    try {
      await database.transaction(async (tx) => {
        database.afterCommit(tx, recent.clear)
        await write(tx)
      })
    } catch (error) {
      if (isDangling(error))
        throw invalidInput([
          { pointer: '/api_key_id', code: 'unknown_api_key', detail: 'There is no such API key.' },
        ])
      if (duplicateIndex(error) === undefined) throw error
      throw new AppError('already_exists', { detail: 'This API key has a connection.' })
    }
  }
  const event = (type: EventType, id: string, changes?: Record<string, unknown>): NewAuditEvent => ({
    type,
    target: { kind: 'scim_connection' as const, id },
    ...(changes && { changes }),
  })

  return {
    async list(page: PageOf): Promise<Page<Connection>> {
      const cut = cutPage(await store.list(page), page, ({ id }) => [id])
      return { ...cut, items: cut.items.map(connectionOf) }
    },

    get: async (id: string): Promise<VersionedConnection> => versioned(await find(id)),

    /** @throws already_exists, invalid_input, permission_not_held */
    async create(
      caller: Caller,
      { api_key_id: apiKeyId, ...rules }: ConnectionChanges & { api_key_id: string },
    ): Promise<VersionedConnection> {
      needToGrant(caller, ['scim:read', 'scim:write'])
      const row = newRow(apiKeyId.toLowerCase(), { ...defaultRules, ...rules })
      await claiming(async (tx) => {
        await store.insert(tx, row)
        await audit.record(tx, caller, event('scim_connection.created', row.id))
      })
      return versioned(await find(row.id))
    },

    async change(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      { api_key_id: apiKeyId, ...changes }: ConnectionChanges,
    ): Promise<VersionedConnection> {
      needToGrant(caller, ['scim:read', 'scim:write'])
      await claiming(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        await store.update(tx, id, {
          ...columnsOfRules({ ...rulesOf(current), ...changes }),
          ...(apiKeyId !== undefined && { api_key_id: apiKeyId.toLowerCase() }),
          version: current.version + 1,
          updated_at: now(),
        })
        const fields = [...Object.keys(changes), ...(apiKeyId === undefined ? [] : ['api_key_id'])]
        await audit.record(tx, caller, event('scim_connection.updated', id, { fields: fields.sort() }))
      })
      return versioned(await find(id))
    },

    /**
     * Deletes a connection only if its API key has ended. Otherwise requests with the key would continue with the
     * default rules.
     */
    async delete(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      const { name } = await find(id)
      if (name !== null)
        throw new AppError('connection_in_use', { detail: `Revoke the API key ${name} first.` })
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        database.afterCommit(tx, recent.clear)
        await store.delete(tx, id)
        await audit.record(tx, caller, event('scim_connection.deleted', id))
      })
    },

    /** The last requests, newest first. */
    async listRequests(id: string, isChange: boolean, page: PageOf): Promise<Page<ShownRequest>> {
      await requests.flush()
      await find(id)
      const cut = cutPage(await store.listRequests(id, isChange, page), page, ({ seq }) => [seq])
      return { ...cut, items: cut.items.map(shownRequest) }
    },

    /** The connection of a request; it is created with the default rules if its API key has none. */
    async of({ apiKeyId }: Pick<Caller, 'apiKeyId'>): Promise<{ id: string | null; rules: Rules }> {
      if (apiKeyId === null) return { id: null, rules: defaultRules }
      const remembered = recent.get(apiKeyId)
      if (remembered) return remembered
      const startedMs = monotonicMs()
      const known = await store.findOfKey(apiKeyId)
      if (known) {
        const found = { id: known.id, rules: rulesOf(known) }
        recent.set(apiKeyId, found, startedMs)
        return found
      }
      await database.transaction((tx) => store.insertUnlessThere(tx, newRow(apiKeyId, defaultRules)))
      const made = await store.findOfKey(apiKeyId)
      return made ? { id: made.id, rules: rulesOf(made) } : { id: null, rules: defaultRules }
    },

    /** Housekeeping. @returns the number of deleted requests */
    deleteOld: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteRequestsBefore(tx, fromNow(-keptDays * 86_400), limit)),
  }
}

export type Connections = ReturnType<typeof createConnections>

function shownRequest(row: RequestRow) {
  return {
    id: row.id,
    at: row.at,
    method: row.method,
    path: row.path,
    status: row.status,
    resource_id: row.resource_id,
    subject: row.subject,
    changes: row.changes === null ? null : fromJsonText(row.changes),
    ignored: fromJsonText(row.ignored),
    error: row.error,
  }
}
