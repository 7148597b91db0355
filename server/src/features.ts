/**
 * Creates the features, in an order in which each one needs only what was made before it. `wiring/` has the parts; they
 * name which functions of a feature another one gets.
 */
import { housekeepingJobs } from './features/housekeeping/jobs.ts'
import { createHousekeeping } from './features/housekeeping/service.ts'
import { createStatistics } from './features/statistics/feature.ts'
import { createCredentials } from './wiring/credentials.ts'
import { createFoundation, type Ground } from './wiring/foundation.ts'
import { createSignIns } from './wiring/sign-ins.ts'
import { createUserManagement } from './wiring/user-management.ts'

export type Features = ReturnType<typeof createFeatures>

/** Creates all features; nothing runs yet. */
export function createFeatures(ground: Ground) {
  const { config, log, database } = ground
  const foundation = createFoundation(ground)
  const credentials = createCredentials({ ...ground, ...foundation })
  const management = createUserManagement({ ...ground, ...foundation, ...credentials })
  const signIns = createSignIns({ ...ground, ...foundation, ...credentials, ...management })
  const { userLookup, counters } = foundation
  const { applications } = signIns

  const statistics = createStatistics({
    ...{ counters, mail: config.mailUrl !== null },
    countAdmins: () => userLookup.countAdmins(database.read),
    hasApplication: async () =>
      (await applications.list({ limit: 1, position: null, direction: 'next' })).length > 0,
  })
  const features = { ...foundation, ...credentials, ...management, ...signIns, statistics }
  const jobs = housekeepingJobs({ ...config, ...ground, ...features, bulkJobs: management.jobs })
  return { ...features, housekeeping: createHousekeeping({ database, log, jobs }) }
}
