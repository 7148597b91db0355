/** When machines last got a token or called our API. */

import { createUseNotes, type Use } from '../../../background/use-notes.ts'
import { dropOldest } from '../../../caches/drop-oldest.ts'
import { now } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import type { ApplicationStore } from '../store.ts'

type Needs = {
  database: Database
  log: { warn(fields: object, message: string): void }
}

/** Machines that are remembered; one that is not remembered is written once more. */
const remembered = 5000

export function createMachineUse({ database, log }: Needs, store: Pick<ApplicationStore, 'noteUse'>) {
  const uses = new Map<string, Use>()
  const notes = createUseNotes((error) =>
    log.warn({ event: 'application.use_not_noted', err: error }, 'the use of applications cannot be noted'),
  )
  const useOf = (applicationId: string): Use => {
    const known = uses.get(applicationId)
    if (known) return known
    if (uses.size >= remembered) dropOldest(uses)
    const use = { usedMs: 0 }
    uses.set(applicationId, use)
    return use
  }
  return (applicationId: string): void =>
    notes.note(applicationId, useOf(applicationId), () =>
      database.transaction((tx) => store.noteUse(tx, applicationId, now())),
    )
}
