import { Type } from 'typebox'
import { invalidInput } from '../../errors.ts'
import { sendCreated, sendResource } from '../../http/message/etag.ts'
import { type Pages, pageParameters } from '../../http/pagination.ts'
import type { App } from '../../http/types.ts'
import { cutPage } from '../../page.ts'
import { type Job, kinds } from './job.ts'
import type { JobRequest, Jobs } from './service.ts'

const Instant = Type.String({ format: 'date-time' })
const Id = Type.String({ format: 'uuid' })
const Count = Type.Integer({ minimum: 0 })
const Role = Type.String({ minLength: 1, maxLength: 64 })
const orNull = <T extends import('typebox').TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description ? { description } : {})

const job = {
  id: Id,
  kind: Type.Enum([...kinds]),
  role: orNull(Role),
  filter: orNull(
    Type.Object({}, { additionalProperties: true }),
    'The filter that selected the users; null for ids, and for the job of a caller with more permissions.',
  ),
  state: Type.Enum(['queued', 'running', 'done', 'cancelled', 'stopped'], {
    description: '`stopped` means that the caller lost the permission for the job; `reason` is the error.',
  }),
  reason: orNull(Type.String()),
  total: Type.Integer({ minimum: 0, description: 'How many users there were when the job was created.' }),
  changed: Count,
  unchanged: Type.Integer({ minimum: 0, description: 'Users who did not need the change.' }),
  failed: Count,
  created_by: orNull(Id),
  undo_of: orNull(Id, 'The job whose changes this one undoes.'),
  can_undo: Type.Boolean(),
  created_at: Instant,
  started_at: orNull(Instant),
  finished_at: orNull(Instant),
}
const JobShape = Type.Object(job, { $id: 'Job', title: 'Job' })
const JobReportShape = Type.Object(
  {
    ...job,
    failed_users: Type.Array(Type.Object({ user_id: Id, code: Type.String() }), {
      description: 'The first hundred users who could not be changed, with the code of the error.',
    }),
  },
  { $id: 'JobReport', title: 'JobReport' },
)
const tags = ['jobs']
const params = Type.Object({ id: Id })
const creationErrors = ['forbidden', 'permission_not_held', 'invalid_input'] as const
const filterErrors = ['invalid_filter', 'invalid_parameter'] as const

/** `filters` are those of the list of users. */
export const jobRoutes = (jobs: Jobs, filters: Record<string, import('typebox').TSchema>, pages: Pages) => {
  const creation = Type.Object(
    {
      kind: Type.Enum([...kinds]),
      filter: Type.Optional(
        Type.Object(filters, { description: 'As in the query of `GET /users`; `{}` selects all users.' }),
      ),
      ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1000 })),
      role: Type.Optional(Role),
    },
    { $id: 'JobCreation', title: 'JobCreation' },
  )
  const requestOf = (body: {
    kind: JobRequest['kind']
    filter?: object
    ids?: string[]
    role?: string
  }): JobRequest => ({
    kind: body.kind,
    selection: body.ids ? { ids: body.ids } : { filter: { ...body.filter } },
    role: body.role,
  })
  return (app: App) => {
    app.post(
      '/jobs/preview',
      {
        config: { access: 'users:write', errors: [...creationErrors, ...filterErrors] },
        schema: {
          operationId: 'previewJob',
          tags,
          summary: 'Count the users that a job would change',
          description:
            'Changes nothing. Compare the number with what you expect before you create the job. Needs `users:read` as well.',
          body: creation,
          response: { 200: Type.Object({ total: Count }) },
        },
      },
      async (request) => ({
        total: await jobs.preview(request.caller, requestOf(one(request.body))),
      }),
    )

    app.post(
      '/jobs',
      {
        config: { access: 'users:write', proof: 'fresh', errors: [...creationErrors, ...filterErrors] },
        schema: {
          operationId: 'createJob',
          tags,
          summary: 'Change many users in the background',
          description:
            'Choose the users by `filter` or by `ids`. Each is changed as a single request would, with the rights of the caller; the job stops when the caller loses them. Needs `users:read` as well.',
          body: creation,
          response: { 201: JobShape },
        },
      },
      async (request, reply) => {
        const made = await jobs.create(request.caller, requestOf(one(request.body)))
        return sendCreated(reply, `/jobs/${made.id}`, made, versionOf(made))
      },
    )

    app.get(
      '/jobs',
      {
        config: { access: 'users:write', errors: ['forbidden'] },
        schema: {
          operationId: 'listJobs',
          tags,
          summary: 'List the jobs of the last 30 days, newest first',
          description: 'In pages, with the progress of each. Needs `users:read` as well.',
          querystring: Type.Object({ limit: pageParameters.limit, cursor: pageParameters.cursor }),
          response: { 200: Type.Array(JobShape) },
        },
      },
      async (request, reply) => {
        const page = pages.readPage(request)
        const found = await jobs.list(request.caller, page)
        return pages.sendPage(
          request,
          reply,
          cutPage(found, page, ({ id }) => [id]),
        )
      },
    )

    app.get(
      '/jobs/:id',
      {
        config: { access: 'users:write', errors: ['forbidden', 'permission_not_held'] },
        schema: {
          operationId: 'getJob',
          tags,
          summary: 'Read the progress of a job',
          description:
            'Poll it until it has finished. Needs `users:read` as well. Refused for the job of a caller with more permissions.',
          params,
          response: { 200: JobReportShape },
        },
      },
      async (request, reply) => {
        const found = await jobs.get(request.caller, request.params.id)
        return sendResource(request, reply, found, versionOf(found))
      },
    )

    app.post(
      '/jobs/:id/cancel',
      {
        config: { access: 'users:write', errors: ['forbidden', 'permission_not_held', 'job_finished'] },
        schema: {
          operationId: 'cancelJob',
          tags,
          summary: 'Cancel a job; users that it has changed stay changed',
          description:
            'All other users are not changed. Needs `users:read` as well. Refused for the job of a caller with more permissions.',
          params,
          response: { 200: JobShape },
        },
      },
      (request) => jobs.cancel(request.caller, request.params.id),
    )

    app.post(
      '/jobs/:id/undo',
      {
        config: {
          access: 'users:write',
          proof: 'fresh',
          errors: [...creationErrors, 'job_not_undoable'],
        },
        schema: {
          operationId: 'undoJob',
          tags,
          summary: 'Undo the changes of a finished job, with another job',
          description:
            'Users that have changed since then stay unchanged and are counted. Refused for the job of a caller with more permissions.',
          params,
          response: { 201: JobShape },
        },
      },
      async (request, reply) => {
        const made = await jobs.undo(request.caller, request.params.id)
        return sendCreated(reply, `/jobs/${made.id}`, made, versionOf(made))
      },
    )
  }
}

/** Increases with each step of a job. */
function versionOf({ changed, unchanged, failed, started_at, finished_at }: Job): number {
  return 1 + changed + unchanged + failed + (started_at === null ? 0 : 1) + (finished_at === null ? 0 : 1)
}

/** @throws invalid_input unless the users are selected in exactly one way */
function one<Body extends { filter?: unknown; ids?: string[] }>(body: Body): Body {
  if ((body.filter === undefined) !== (body.ids === undefined)) return body
  throw invalidInput([{ pointer: '/filter', code: 'required', detail: 'Give either a filter or ids.' }])
}
