/** Creates the parts that all other features need: lookups of users and roles, the audit log, limits, and mails. */
import { createRightsCaches } from '../caches/rights-caches.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/database.ts'
import { createEgress, egressReason } from '../egress/egress.ts'
import { createAccountMailFeature } from '../features/account/feature.ts'
import { createAttempts } from '../features/attempts/service.ts'
import { createFloodCounts, createFloods } from '../features/audit/floods.ts'
import { createAudit } from '../features/audit/service.ts'
import { createEventFeature } from '../features/events/feature.ts'
import { createGroupStore } from '../features/groups/store.ts'
import { createIdempotency } from '../features/idempotency/service.ts'
import { createRoleLookup } from '../features/roles/lookup.ts'
import { createCounters } from '../features/statistics/service.ts'
import { createUserLookup } from '../features/users/lookup.ts'
import { deliverableEmail, inboxOf } from '../features/users/names/email.ts'
import { createHooks } from '../features/webhooks/hooks/hooks.ts'
import { networkOf, networksOf } from '../http/message/address.ts'
import type { Log } from '../log/log.ts'
import { createMailFeature } from '../mail/feature.ts'
import type { Keys } from '../secret-key.ts'
import type { Trace } from '../tracing/tracing.ts'
import { mailerToAdmins } from './admin-mails.ts'
import { withGroups } from './directory.ts'

export type Ground = { config: Config; log: Log; database: Database; keys: Keys; trace: Trace }
export type Foundation = Ground & ReturnType<typeof createFoundation>

export function createFoundation({ config, log, database, keys, trace }: Ground) {
  const { seal, open } = keys
  const egress = createEgress({ allowed: config.outgoingNetworks, trace })
  const rights = createRightsCaches(database)
  const roleLookup = createRoleLookup(database)
  const userLookup = createUserLookup(database, roleLookup)
  const groupStore = createGroupStore(database)

  const { events, eventWaiting } = createEventFeature({
    database,
    snapshots: (ids) => withGroups(ids, userLookup.snapshots, groupStore.listDirect),
    rightsNow: (caller) => roleLookup.rightsNow(caller, database.read),
  })
  const counts = createFloodCounts()
  const audit = createAudit(database, counts.count, events.record)
  const floods = createFloods(database, audit, log, counts)
  const hooks = createHooks({
    ...{ database, audit, floods, log },
    ...{ settings: config.hook, fetch: egress.fetch, reasonOf: egressReason },
    findUser: userLookup.findUser,
  })
  const idempotency = createIdempotency({ database, key: keys.idempotency, seal, open })
  const attempts = createAttempts({ database, key: keys.attempts, mode: config.rateLimits, networksOf })

  const { outbox, messages, mailer } = createMailFeature({ config, log, database, seal, open })
  const { links, budgets, emailSignIns, mail } = createAccountMailFeature({
    ...{ database, publicUrl: config.publicUrl },
    ...{ outbox, audit, count: floods.count },
    limits: {
      ...{ use: attempts.use, giveBack: attempts.giveBack, useOfNetwork: attempts.useOfNetwork },
      ...{ knows: attempts.knows, networkOf, inboxOf },
    },
    deliverable: deliverableEmail,
    findUser: userLookup.findForChange,
  })
  return {
    ...{ egress, rights, roleLookup, userLookup, counters: createCounters(database) },
    ...{ events, eventWaiting, audit, floods, hooks, idempotency, attempts },
    ...{ outbox, messages, mailer, links, budgets, emailSignIns, mail },
    noteCreated: idempotency.note,
    tellAdmins: mailerToAdmins(userLookup.listToTell),
  }
}
