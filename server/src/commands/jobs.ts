/** Commands of jobs: the same change to many users, which a running service executes. */
import { systemCaller } from '../caller.ts'
import type { Job } from '../features/jobs/job.ts'
import { argument, type Command, type Input, print, textOption, UsageError, withRoster } from './command.ts'
import { refused, yes } from './shell/confirm.ts'
import { sheet, table } from './shell/table.ts'

export const jobsList: Command = {
  name: 'jobs list',
  about: 'List the last jobs, newest first',
  options: { limit: { type: 'string', value: 'N', about: 'the maximum number; 50 by default' } },
  examples: ['', '--limit 5 --json'],
  run(input) {
    const limit = limitOf(input)
    return withRoster(async (place) => {
      const jobs = await place.features.jobs.list(systemCaller, { limit, position: null, direction: 'next' })
      return printJobs(input, jobs.slice(0, limit))
    })
  },
  remote: async (input, remote) =>
    printJobs(input, await remote.call<Job[]>('GET', `/jobs?limit=${limitOf(input)}`)),
}

export const jobsShow: Command = {
  name: 'jobs show',
  about: 'Show the progress of a job, and the users that it could not change',
  positionals: ['JOB'],
  examples: ['01a22744-821d-7000-a5a8-0ac452a5d5b0'],
  run: (input) =>
    withRoster(async ({ features }) =>
      printJob(input, await features.jobs.get(systemCaller, argument(input))),
    ),
  remote: async (input, remote) =>
    printJob(input, await remote.call('GET', `/jobs/${encodeURIComponent(argument(input))}`)),
}

export const jobsCancel: Command = {
  name: 'jobs cancel',
  about: 'Cancel a job; changes that it has made remain',
  ...confirmedAction('cancel', 'End'),
}

export const jobsUndo: Command = {
  name: 'jobs undo',
  about: 'Undo the changes of a job, with another job',
  ...confirmedAction('undo', 'Take back'),
}

/** A command that asks before it cancels or undoes the job of its argument. */
function confirmedAction(action: 'cancel' | 'undo', verb: string): Omit<Command, 'name' | 'about'> {
  return {
    positionals: ['JOB'],
    options: yes,
    examples: ['01a22744-821d-7000-a5a8-0ac452a5d5b0 --yes'],
    run: (input) =>
      withRoster(async ({ features }) => {
        const id = argument(input)
        const asked = await confirmed(input, await features.jobs.get(systemCaller, id), verb)
        return asked ?? printJob(input, await features.jobs[action](systemCaller, id))
      }),
    remote: async (input, remote) => {
      const path = `/jobs/${encodeURIComponent(argument(input))}`
      const asked = await confirmed(input, await remote.call<Job>('GET', path), verb)
      return asked ?? printJob(input, await remote.call('POST', `${path}/${action}`))
    },
  }
}

function limitOf(input: Input): number {
  const limit = Number(textOption(input, 'limit') ?? 50)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) return limit
  throw new UsageError('--limit is a number from 1 to 200.')
}

const confirmed = (input: Input, { id, kind, changed, total }: Job, verb: string) =>
  refused(input, `${verb} the job ${kind} (${id}), which has changed ${changed} of ${total} users?`)

function printJobs(input: Input, jobs: readonly Job[]): number {
  const rows = jobs.map((job) => [
    job.id,
    job.role === null ? job.kind : `${job.kind} ${job.role}`,
    job.state,
    `${job.changed + job.unchanged + job.failed}/${job.total}`,
    job.failed,
    job.created_at,
  ])
  print(input, jobs, table(['ID', 'KIND', 'STATE', 'DONE', 'FAILED', 'CREATED'], rows))
  return 0
}

function printJob(
  input: Input,
  job: Job & { failed_users?: readonly { user_id: string; code: string }[] },
): number {
  const { filter, failed_users: left = [], ...rest } = job
  const lines = left.map(({ user_id, code }) => `  ${user_id} ${code}`)
  const sheetOfJob = sheet({ ...rest, filter: filter && JSON.stringify(filter) })
  print(input, job, [sheetOfJob, ...(lines.length > 0 ? ['could not change:', ...lines] : [])].join('\n'))
  return 0
}
