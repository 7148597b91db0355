import { Readable } from 'node:stream'
import { type TProperties, Type } from 'typebox'
import { AppError } from '../../errors.ts'
import type { App } from '../../http/app.ts'
import { negotiate } from '../../http/media-types.ts'
import { exportLimit } from '../../http/rate-limit.ts'
import type { ImportMode, Transfer } from './service.ts'

const ndjson = 'application/x-ndjson'
const csv = 'text/csv'
const tags = ['transfer']

/** `filters` are the query parameters of the list of users. */
export const transferRoutes =
  (transfer: Transfer<Record<string, unknown>>, filters: TProperties) => (app: App) => {
    app.post(
      '/users/import',
      {
        config: { access: 'users:write', streaming: true, consumes: [ndjson, csv], produces: [ndjson] },
        schema: {
          operationId: 'importUsers',
          tags,
          summary: 'Import users: rows in, a result a row out',
          description:
            'The last line is `{"summary": …}`. A row that repeats an id, external id or address of an earlier one fails.',
          querystring: Type.Object({
            mode: Type.Optional(
              Type.Union([Type.Literal('create'), Type.Literal('upsert')], {
                description:
                  '`upsert` changes those who are here already; to replace passwords needs `users:export_hashes`.',
              }),
            ),
            dry_run: Type.Optional(
              Type.Boolean({ description: '`true` says what would happen and writes nothing.' }),
            ),
          }),
        },
      },
      async (request, reply) => {
        const { mode = 'create', dry_run = false } = request.query as { mode?: ImportMode; dry_run?: boolean }
        const body = request.body as AsyncIterable<Uint8Array> | undefined
        if (!body) throw new AppError('invalid_input', { detail: 'The body has the rows.' })
        const isCsv = (request.headers['content-type'] ?? '').toLowerCase().startsWith(csv)
        const { format, input } = isCsv
          ? await transfer.recognise(body)
          : { format: transfer.formatNamed('roster')!, input: body }
        const own = isCsv && format.name !== 'roster' ? transfer.formatNamed('csv')! : format
        const results = transfer.import(request.caller, input, own, { mode, dryRun: dry_run, batchRows: 100 })
        reply.header('content-type', `${ndjson}; charset=utf-8`)
        return reply.send(Readable.from(lines(results)))
      },
    )

    app.get(
      '/users/export',
      {
        config: { access: 'users:export', streaming: true, produces: [ndjson, csv], rateLimit: exportLimit },
        schema: {
          operationId: 'exportUsers',
          tags,
          summary: 'Export users, as NDJSON or CSV by the Accept header',
          querystring: Type.Object({
            ...filters,
            include: Type.Optional(
              Type.Literal('password_hash', { description: 'Needs the permission `users:export_hashes`.' }),
            ),
          }),
        },
      },
      async (request, reply) => {
        const { include, ...query } = request.query as Record<string, unknown>
        const passwordHashes = include === 'password_hash'
        if (passwordHashes && !request.caller.permissions.has('users:export_hashes')) {
          throw new AppError('forbidden', { detail: 'This needs the permission users:export_hashes.' })
        }
        const type = negotiate(request.headers.accept, [ndjson, csv])
        const text = transfer.export(request.caller, query, {
          format: type === csv ? 'csv' : 'ndjson',
          passwordHashes,
        })
        reply.header('content-type', `${type}; charset=utf-8`)
        reply.header('content-disposition', `attachment; filename="users.${type === csv ? 'csv' : 'ndjson'}"`)
        return reply.send(Readable.from(text))
      },
    )
  }

async function* lines(results: ReturnType<Transfer['import']>): AsyncGenerator<string> {
  try {
    let next = await results.next()
    for (; !next.done; next = await results.next())
      yield next.value.map(({ source: _, ...result }) => `${JSON.stringify(result)}\n`).join('')
    yield `${JSON.stringify({ summary: next.value })}\n`
  } finally {
    // A client who leaves ends the import too.
    await results.return(undefined as never)
  }
}
