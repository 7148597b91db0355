import { Readable } from 'node:stream'
import { type TProperties, Type } from 'typebox'
import { may, need } from '../../caller.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import { AppError } from '../../errors.ts'
import { exportLimit } from '../../http/admission/rate-limit.ts'
import type { AnyRequest } from '../../http/any-request.ts'
import { addStreamRoutes } from '../../http/message/bodies.ts'
import { isStreamed } from '../../http/message/form.ts'
import { negotiate } from '../../http/message/media-types.ts'
import type { App } from '../../http/types.ts'
import { columnMapOf } from './columns/column-map.ts'
import type { Transfer } from './service.ts'

const ndjson = 'application/x-ndjson'
const csv = 'text/csv'
const tags = ['transfer']
/** The media types of files. The content decides the format; compressed files are decompressed. */
const consumes = [
  ...[ndjson, csv, 'text/tab-separated-values', 'text/plain', 'application/json'],
  ...['application/gzip', 'application/zip', 'application/octet-stream'],
]

const noOldSystem = 'No system verifies passwords: ROSTER_VERIFY_PASSWORD_URL is not set.'

const importQuery = Type.Object({
  mode: Type.Optional(
    Type.Union([Type.Literal('create'), Type.Literal('upsert')], {
      description:
        '`upsert` also changes existing users, and needs `users:read`; to replace passwords needs `users:export_hashes`.',
    }),
  ),
  dry_run: Type.Optional(Type.Boolean({ description: '`true` says what would happen and writes nothing.' })),
  from: Type.Optional(
    Type.String({
      maxLength: 40,
      description:
        'The format, as `roster users import --from` names it. Without it the content decides; NDJSON that shows no other format is that of Roster.',
    }),
  ),
  map: Type.Optional(
    Type.String({
      maxLength: 4000,
      description:
        '`COLUMN=FIELD`, or several joined by commas, for columns that are read otherwise: a field of the user, `password_hash`, `metadata.NAME`, or `-` to leave the column out.',
    }),
  ),
  source: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,40}$',
      description:
        'The system that the external ids come from: `crm` makes `crm:7` of 7, so that ids of two systems never meet.',
    }),
  ),
  unverified: Type.Optional(
    Type.Union([Type.Literal('claim'), Type.Literal('refuse')], {
      description:
        'What `upsert` does with an account that it matches by an unproven address: `claim` (the default) ends its password, sessions and keys, `refuse` fails the row.',
    }),
  ),
  weak_passwords: Type.Optional(
    Type.Union([Type.Literal('refuse'), Type.Literal('reset'), Type.Literal('keep')], {
      description:
        'What happens to a plain password that the policy refuses: `refuse` fails the row, `reset` (the default) leaves it out, `keep` takes it.',
    }),
  ),
  hash: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'How bare digests were made, as `sha256:salt+password`; the salt is read from its own column.',
    }),
  ),
  no_mail: Type.Optional(
    Type.Boolean({ description: '`true` tells neither address when `upsert` replaces one.' }),
  ),
  passwords_at_old_system: Type.Optional(
    Type.Boolean({
      description:
        '`true`: the system at `ROSTER_VERIFY_PASSWORD_URL` verifies the first password of new users who bring none.',
    }),
  ),
  encoding: Type.Optional(
    Type.String({
      maxLength: 40,
      description:
        'The encoding of the text, such as `windows-1252` or `shift_jis`. UTF-8 and UTF-16 are recognised.',
    }),
  ),
  strict_columns: Type.Optional(
    Type.Boolean({ description: '`true` refuses rows of CSV with fewer cells than the header.' }),
  ),
})

/** `filters` are the query parameters of the list of users. */
export const transferRoutes =
  (transfer: Transfer<Record<string, unknown>>, filters: TProperties) => (app: App) => {
    addStreamRoutes(app, (scope) => importRoute(scope, transfer))

    app.get(
      '/users/export',
      {
        config: {
          access: 'users:export',
          streaming: true,
          produces: [ndjson, csv],
          rateLimit: exportLimit,
          proof: { when: ({ query }) => isJsonObject(query) && query['include'] !== undefined },
        },
        schema: {
          operationId: 'exportUsers',
          tags,
          summary: 'Export users, as NDJSON or CSV by the Accept header',
          description:
            'Streams all users that match the filters. Password hashes, authenticator apps and accounts at other providers are left out unless `include=password_hash`, which also needs `users:export_hashes`.',
          querystring: Type.Object({
            ...filters,
            include: Type.Optional(
              Type.Literal('password_hash', { description: 'Needs the permission `users:export_hashes`.' }),
            ),
          }),
        },
      },
      async (request, reply) => {
        const { include, ...query } = request.query
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

/** A dry run writes nothing, so it needs no proof, unless it compares passwords of the rows with those of users. */
const needsProof = ({ query, caller }: AnyRequest) =>
  !isJsonObject(query) ||
  query['dry_run'] !== true ||
  (query['mode'] === 'upsert' && may(caller, 'users:export_hashes'))

function importRoute(app: App, transfer: Transfer<Record<string, unknown>>): void {
  app.post(
    '/users/import',
    {
      config: {
        access: 'users:write',
        streaming: true,
        consumes,
        produces: [ndjson],
        proof: { when: needsProof },
      },
      schema: {
        operationId: 'importUsers',
        tags,
        summary: 'Import users; answers with one result for each row',
        description:
          'The body is a file of any format that the command line reads, also in gzip or zip. The last line is `{"summary": …}`. All but a dry run needs a fresh proof; with `mode=upsert`, a dry run of a caller with `users:export_hashes` needs it too, because it compares passwords. A row that repeats an id, external id or address of an earlier one fails.',
        querystring: importQuery,
      },
    },
    async (request, reply) => {
      const query = request.query
      // The results reveal whether a row differs from the stored user.
      if (query.mode === 'upsert') need(request.caller, 'users:read')
      const { body } = request
      if (!isStreamed(body))
        throw new AppError('invalid_input', { detail: 'The body is missing. Send the rows in it.' })
      if (query.hash !== undefined && !transfer.isHashScheme(query.hash))
        throw new AppError('invalid_input', {
          detail: 'The parameter hash states a scheme as sha256:salt+password or md5:md5(password)+salt.',
        })
      if (query.passwords_at_old_system && !transfer.hasOldSystem)
        throw new AppError('invalid_input', { detail: noOldSystem })
      const columnMap = columnMapOf(query.map === undefined ? [] : [query.map])
      const isNdjson = (request.headers['content-type'] ?? '').toLowerCase().startsWith(ndjson)
      const { format, input } = await transfer.recognise(body, {
        ...{ from: query.from, encoding: query.encoding },
        ...{ columnMap, isNdjson },
      })
      const results = transfer.import(request.caller, input, format, {
        mode: query.mode ?? 'create',
        dryRun: query.dry_run ?? false,
        batchRows: 100,
        columnMap,
        mails: query.no_mail !== true,
        ...(query.hash !== undefined && { hashScheme: query.hash }),
        strictColumns: query.strict_columns ?? false,
        unverified: query.unverified ?? 'claim',
        source: query.source,
        asksOldSystem: query.passwords_at_old_system ?? false,
        weakPasswords: query.weak_passwords ?? 'reset',
      })
      reply.header('content-type', `${ndjson}; charset=utf-8`)
      return reply.send(Readable.from(lines(results)))
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
    // If the client closes the connection, the import ends.
    await results[Symbol.asyncDispose]()
  }
}
