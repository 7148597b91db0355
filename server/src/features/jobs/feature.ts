/** Creates the job feature: requests, and the runner. */
import { type ActionNeeds, createActions } from './actions.ts'
import { createRunner, type RunnerNeeds } from './runner.ts'
import { createJobs, type JobNeeds, permissionOf } from './service.ts'
import { createBulkJobStore } from './store.ts'

export function createJobFeature(needs: JobNeeds & RunnerNeeds & ActionNeeds) {
  const store = createBulkJobStore(needs.database)
  const runner = createRunner(needs, store, createActions(needs), permissionOf)
  return { jobs: createJobs(needs, store, runner.wake), jobRunner: runner }
}
