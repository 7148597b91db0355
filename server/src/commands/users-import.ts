import { createReadStream, readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import type { Roster } from '../app.ts'
import { systemCaller } from '../caller.ts'
import { type Command, type Input, print, textOption, UsageError, withRoster } from './command.ts'
import { progress } from './progress.ts'

type Imported = Awaited<ReturnType<ReturnType<Roster['transfer']['import']>['next']>>
type Row = Exclude<Imported['value'], { dry_run: boolean }>[number]
type Report = {
  format: string
  created: number
  updated: number
  skipped: number
  failed: number
  dry_run: boolean
  reasons: Record<string, number>
  notes: Record<string, number>
}

export const usersImport: Command = {
  name: 'users import',
  about: 'Import users of another system, of Roster, or of a CSV file; FILE may be - for standard input',
  positionals: ['FILE'],
  options: {
    from: {
      type: 'string',
      value: 'FORMAT',
      about:
        'roster, csv, keycloak, auth0, firebase, supabase, cognito, clerk, okta or scim; recognised when left out',
    },
    mode: {
      type: 'string',
      value: 'create|upsert',
      about: 'upsert also changes users who are here (found by id, external id, then e-mail address)',
    },
    'dry-run': { type: 'boolean', about: 'say what would happen, and write nothing' },
    rejected: {
      type: 'string',
      value: 'FILE',
      about: 'write the rows that failed there, with the reasons (mode 0600: they hold what the input held)',
    },
    'hash-config': { type: 'string', value: 'FILE', about: 'Firebase: the hash parameters of the project' },
  },
  run(input) {
    // A stream of rows leaves garbage at a steady rate: collect it sooner instead of letting the heap grow to twice its size.
    setFlagsFromString('--semi-space-growth-factor=1')
    setFlagsFromString('--heap-growing-percent=20')
    return withRoster((roster) => importFile(roster, input))
  },
}

async function importFile(roster: Roster, input: Input): Promise<number> {
  const [file = ''] = input.positionals
  const mode = textOption(input, 'mode') ?? 'create'
  if (mode !== 'create' && mode !== 'upsert') throw new UsageError('--mode is create or upsert.')
  const source = openSource(file)
  const { format, rows } = await chooseFormat(roster, input, source.stream, file)
  const hashConfig = textOption(input, 'hash-config')
  const request = {
    mode,
    dryRun: input.values['dry-run'] === true,
    batchRows: 1000,
    ...(hashConfig ? { firebaseHashConfig: readFileSync(hashConfig, 'utf8') } : {}),
  } as const
  const rejected = textOption(input, 'rejected')
  const out = rejected === undefined ? undefined : await open(rejected, 'w', 0o600)
  await out?.chmod(0o600)
  const shown = progress(source.bytes, input.json)
  const report: Report = {
    format: format.name,
    created: 0,
    updated: 0,
    skipped: 0,
    failed: 0,
    dry_run: request.dryRun,
    reasons: {},
    notes: {},
  }
  let done = 0
  const results = roster.transfer.import(systemCaller, rows, format, request)
  for (let next = await results.next(); !next.done; next = await results.next()) {
    for (const row of next.value) count(report, row)
    if (out) await out.write(rejectedLines(next.value))
    done += next.value.length
    shown.show(done, source.read())
  }
  shown.end()
  await out?.close()
  print(input, report, textOf(report, rejected))
  return report.failed > 0 && report.created + report.updated + report.skipped === 0 ? 1 : 0
}

function openSource(file: string) {
  if (file === '-')
    return { stream: process.stdin as AsyncIterable<Uint8Array>, bytes: undefined, read: () => 0 }
  let bytes: number
  try {
    bytes = statSync(file).size
  } catch {
    throw new UsageError(`${file} cannot be read.`)
  }
  const stream = createReadStream(file)
  return { stream: stream as AsyncIterable<Uint8Array>, bytes, read: () => stream.bytesRead }
}

async function chooseFormat(
  { transfer }: Roster,
  input: Input,
  stream: AsyncIterable<Uint8Array>,
  file: string,
) {
  const name = textOption(input, 'from')
  if (name === undefined) {
    const { format, input: rows } = await transfer.recognise(stream, file)
    return { format, rows }
  }
  const format = transfer.formatNamed(name)
  if (!format)
    throw new UsageError(`There is no format ${name}; there are ${transfer.formatNames.join(', ')}.`)
  return { format, rows: stream }
}

function count(report: Report, row: Row): void {
  report[row.result] += 1
  const reasons = row.errors
    ? row.errors.map((fault) => `${fault.pointer.slice(1)} ${fault.code}`.trim())
    : row.reason
      ? [row.reason]
      : []
  for (const reason of reasons) report.reasons[reason] = (report.reasons[reason] ?? 0) + 1
  for (const note of row.notes ?? []) report.notes[note] = (report.notes[note] ?? 0) + 1
}

function rejectedLines(rows: readonly Row[]): string {
  return rows
    .filter(({ result }) => result === 'failed')
    .map(({ row, errors, source }) => `${JSON.stringify({ row, errors, source })}\n`)
    .join('')
}

function textOf(report: Report, rejected: string | undefined): string {
  const counts = `${report.created} created, ${report.updated} updated, ${report.skipped} skipped, ${report.failed} failed`
  const lines = [`${report.dry_run ? 'dry run of' : 'imported'} ${report.format}: ${counts}`]
  for (const [reason, times] of Object.entries(report.reasons)) lines.push(`  ${times} × ${reason}`)
  for (const [note, times] of Object.entries(report.notes)) lines.push(`  ${times} × note: ${note}`)
  if (rejected !== undefined && report.failed > 0) lines.push(`the rows that failed are in ${rejected}`)
  return lines.join('\n')
}
