/** The last use of API keys. */
import type { AuditLog } from '../../audit-events.ts'
import { createUseNotes, type Use } from '../../background/use-notes.ts'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import type { ApiKeyStore } from './store.ts'

type Needs = {
  database: Database
  audit: AuditLog
  log: { warn(fields: object, message: string): void }
}

export function createLastUse({ database, audit, log }: Needs, store: ApiKeyStore) {
  const notes = createUseNotes((error) =>
    log.warn({ event: 'apikey.use_not_noted', err: error }, 'the use of API keys cannot be noted'),
  )
  const write = (caller: Caller, id: string, mayBeFirst: boolean) =>
    database.transaction(async (tx) => {
      // Several concurrent requests, also on other replicas, may try to record the first use.
      if (!mayBeFirst) await store.update(tx, id, { last_used_at: now() })
      else if (await store.noteFirstUse(tx, id, now()))
        await audit.record(tx, caller, { type: 'apikey.used_first', target: { kind: 'api_key', id } })
    })
  return {
    /** `known` is the cached state of the key. */
    note: (caller: Caller, id: string, known: Use): void =>
      notes.note(id, known, () => write(caller, id, known.usedMs === 0)),
  }
}
