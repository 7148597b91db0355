/** Commands of the audit log: the last events, an export, and new events. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eventTypes } from '../../audit-events.ts'
import { systemCaller } from '../../caller.ts'
import { canonicalInstant } from '../../encoding/instant.ts'
import { isOneOf } from '../../encoding/one-of.ts'
import type { AuditEvent } from '../../features/audit/audit-event.ts'
import {
  type Command,
  type Input,
  type Place,
  print,
  textOption,
  UsageError,
  withRoster,
} from '../command.ts'
import { newestEvents, oldestEventsFirst } from '../remote/audit.ts'
import { refused, yes } from '../shell/confirm.ts'
import { privateFile, refuseExisting, writeAll } from '../shell/files.ts'
import { table } from '../shell/table.ts'
import { findUser } from '../users/find.ts'
import { archive, archiveEnd, refuseArchive } from './archive.ts'

const filterOptions = {
  type: { type: 'string', value: 'TYPE', about: 'only events of this type, such as auth.login.failure' },
  actor: { type: 'string', value: 'USER', about: 'only events by this user' },
  target: { type: 'string', value: 'USER', about: 'only events about this user' },
  after: { type: 'string', value: 'INSTANT', about: 'from this time on, such as 2026-11-29T00:00:00Z' },
} as const

type Filters = { type?: string; actor?: string; target?: string; after?: string; before?: string }

/** The source of the events: the database, or a Roster over HTTP. */
type Source = {
  name: string
  newest(limit: number): Promise<AuditEvent[]>
  /** Pages of events after `seq`, oldest first. */
  oldestFirst(seq?: number): AsyncIterable<AuditEvent[]>
}

/** A command for either source. */
const onSource = (
  work: (input: Input, source: Source) => Promise<number>,
): Required<Pick<Command, 'run' | 'remote'>> => ({
  run: (input) =>
    withRoster(async (place) => {
      const filters = await filtersOf(input, async (name) => (await findUser(place, name)).id)
      const { audit } = place.features
      return work(input, {
        name: place.databaseName,
        newest: (limit) => audit.list(systemCaller, { ...filters, limit, beyond: null, newer: false }),
        oldestFirst: (seq = 0) => oldestFirst(place, filters, seq),
      })
    }),
  async remote(input, remote) {
    const filters = await filtersOf(input, async (name) => (await remote.user(name)).id)
    return work(input, {
      name: remote.url,
      newest: (limit) => newestEvents(remote, filters, limit),
      oldestFirst: (seq = 0) => oldestEventsFirst(remote, filters, seq),
    })
  },
})

async function filtersOf(input: Input, findId: (name: string) => Promise<string>): Promise<Filters> {
  const type = textOption(input, 'type')
  if (type !== undefined && !isOneOf(eventTypes, type))
    throw new UsageError(`There is no event type ${type}; docs/security.md lists them.`)
  const after = textOption(input, 'after')
  const instant = after === undefined ? undefined : canonicalInstant(after)
  if (after !== undefined && instant === undefined)
    throw new UsageError('--after is an instant such as 2026-11-29T00:00:00Z.')
  const [actor, target] = await Promise.all(
    ['actor', 'target'].map(async (name) => {
      const given = textOption(input, name)
      // An id is not looked up, because events remain after their subject was erased.
      if (given === undefined || /^[0-9a-f-]{36}$/i.test(given)) return given?.toLowerCase()
      return findId(given)
    }),
  )
  return {
    ...(type === undefined ? {} : { type }),
    ...(instant === undefined ? {} : { after: instant }),
    ...(actor === undefined ? {} : { actor }),
    ...(target === undefined ? {} : { target }),
  }
}

export const auditList: Command = {
  name: 'audit list',
  about: 'List the last events, newest first',
  options: {
    ...filterOptions,
    limit: { type: 'string', value: 'N', about: 'the maximum number; 50 by default' },
  },
  examples: ['', '--target alice --limit 20', '--type auth.login.failure --json'],
  ...onSource(async (input, source) => {
    const limit = Number(textOption(input, 'limit') ?? 50)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw new UsageError('--limit is a number from 1 to 1000.')
    const events = await source.newest(limit)
    print(input, events, table(['AT', 'TYPE', 'OUTCOME', 'ACTOR', 'TARGET', 'REASON'], events.map(rowOf)))
    return 0
  }),
}

const rowOf = ({ at, type, outcome, actor, target, reason }: AuditEvent) => [
  at,
  type,
  outcome,
  actor.id ?? actor.kind,
  target?.id ?? target?.kind,
  reason,
]

export const auditExport: Command = {
  name: 'audit export',
  about:
    'Write events to FILE as lines of JSON, oldest first (mode 0600); - for standard output. With --before, move them there',
  positionals: ['FILE'],
  options: {
    ...filterOptions,
    before: {
      type: 'string',
      value: 'DATE',
      about:
        'write all events from before this date, compressed with gzip, and delete them from the database',
    },
    force: { type: 'boolean', about: 'overwrite FILE when it exists' },
    ...yes,
  },
  examples: [
    'audit.ndjson',
    '- --after 2026-11-01T00:00:00Z',
    'audit-2025.ndjson.gz --before 2026-01-01 --yes',
  ],
  run: (input) => (textOption(input, 'before') === undefined ? exportEvents.run(input) : runArchive(input)),
  async remote(input, remote) {
    if (textOption(input, 'before') !== undefined)
      throw new UsageError('--before deletes events from the database, and so has no --url.')
    return exportEvents.remote(input, remote)
  },
}

const exportEvents = onSource(async (input, source) => {
  const [file = ''] = input.positionals
  const out = file === '-' ? process.stdout : privateFile(file, input.values['force'] === true)
  let events = 0
  const lines = async function* () {
    for await (const page of source.oldestFirst()) {
      events += page.length
      yield page.map((event) => `${JSON.stringify(event)}\n`).join('')
    }
  }
  await writeAll(lines(), out)
  if (file !== '-') print(input, { file, events }, `wrote ${file}: ${events} events of ${source.name}`)
  return 0
})

/** Only whole days of the log are archived, so that no event is deleted that the file does not have. */
async function runArchive(input: Input): Promise<number> {
  const [file = ''] = input.positionals
  const before = archiveEnd(textOption(input, 'before')!)
  const filter = Object.keys(filterOptions).find((name) => input.values[name] !== undefined)
  if (filter) throw new UsageError(`--before moves all events; --${filter} cannot choose some of them.`)
  if (file === '-') throw new UsageError('--before writes a file, not standard output.')
  const mayOverwrite = input.values['force'] === true
  refuseArchive(file)
  if (!mayOverwrite) refuseExisting(file)
  const asked = await refused(input, `Write all events from before ${before} to ${file} and delete them?`)
  if (asked !== null) return asked
  return withRoster(async (place) => {
    const done = await archive(place, oldestFirst(place, { before }, 0), { file, before, mayOverwrite })
    print(
      input,
      done,
      `wrote ${file}: ${done.events} events of ${place.databaseName}, and deleted ${done.deleted}`,
    )
    return 0
  })
}

export const auditTail: Command = {
  name: 'audit tail',
  about: 'Follow the audit log: print new events as lines of JSON',
  options: {
    ...filterOptions,
    from: {
      type: 'string',
      value: 'SEQ',
      about: 'begin after the event with this `seq`; by default with new events',
    },
    once: { type: 'boolean', about: 'end after the existing events' },
  },
  examples: ['', '--from 0', '--type auth.login.failure'],
  ...onSource(async (input, source) => {
    const from = textOption(input, 'from')
    if (from !== undefined && !/^\d{1,15}$/.test(from))
      throw new UsageError('--from is the `seq` of an event.')
    const [last] = await source.newest(1)
    const stopping = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
    let seq = from === undefined ? (last?.seq ?? 0) : Number(from)
    while (!stopping.signal.aborted) {
      for await (const page of source.oldestFirst(seq)) {
        process.stdout.write(page.map((event) => `${JSON.stringify(event)}\n`).join(''))
        seq = page.at(-1)!.seq
      }
      if (input.values['once'] === true) break
      await sleep(1000, undefined, { signal: stopping.signal }).catch(() => {})
    }
    return 0
  }),
}

const pageSize = 500

/** Pages of events after `seq`, oldest first. */
async function* oldestFirst(
  { features }: Place,
  filters: Filters,
  seq: number,
): AsyncGenerator<AuditEvent[]> {
  let beyond = seq
  for (;;) {
    const page = await features.audit.list(systemCaller, { ...filters, limit: pageSize, beyond, newer: true })
    if (page.length === 0) return
    yield page.reverse()
    beyond = page.at(-1)!.seq
  }
}
