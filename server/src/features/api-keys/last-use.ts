/** The last use of API keys. It is written in the background: the request neither waits for it nor fails with it. */
import type { AuditLog } from '../../audit-events.ts'
import type { Caller } from '../../caller.ts'
import { monotonicMs, now, nowMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import type { ApiKeyStore } from './store.ts'

type Needs = {
  database: Database
  audit: AuditLog
  log: { warn(fields: object, message: string): void }
}

/** The minimum interval between two writes for a key. */
const precisionMs = 60_000
/** The pause after a failed write. */
const restMs = 2_000

export function createLastUse({ database, audit, log }: Needs, store: ApiKeyStore) {
  const writing = new Set<string>()
  let restUntilMs = 0
  let isFailing = false

  const write = (caller: Caller, id: string, mayBeFirst: boolean) =>
    database.transaction(async (tx) => {
      // Several concurrent requests, also on other replicas, may try to record the first use.
      if (!mayBeFirst) await store.update(tx, id, { last_used_at: now() })
      else if (await store.noteFirstUse(tx, id, now()))
        await audit.record(tx, caller, { type: 'apikey.used_first', target: { kind: 'api_key', id } })
    })

  return {
    /** `known` is the cached state of the key. An outage is logged once. */
    note(caller: Caller, id: string, known: { usedMs: number }): void {
      const at = nowMs()
      if (at - known.usedMs < precisionMs || writing.has(id) || monotonicMs() < restUntilMs) return
      writing.add(id)
      write(caller, id, known.usedMs === 0)
        .then(
          () => {
            known.usedMs = at
            isFailing = false
          },
          (error) => {
            restUntilMs = monotonicMs() + restMs
            if (!isFailing)
              log.warn({ event: 'apikey.use_not_noted', err: error }, 'the use of API keys cannot be noted')
            isFailing = true
          },
        )
        .finally(() => writing.delete(id))
    },
  }
}
