/** The report of an import: counts, and the reasons why rows failed or were skipped, each reason once. */
import type { Roster } from '../../app.ts'

type Imported = Awaited<ReturnType<ReturnType<Roster['transfer']['import']>['next']>>
export type ImportedRow = Exclude<Imported['value'], { dry_run: boolean }>[number]

type Sample = NonNullable<Summary['samples']>[number]

type Summary = Extract<Imported['value'], { dry_run: boolean }>

type Kind = 'failed' | 'skipped' | 'note'
type Reason = { kind: Kind; name: string; times: number; details: string[] }

/** The maximum number of distinct reasons. */
const maxReasons = 200
const other = 'other reasons'
/** The maximum number of details for one reason. */
const maxDetails = 3

export function createImportReport({
  format,
  sign,
  dryRun,
  database,
}: {
  format: string
  sign: string
  dryRun: boolean
  /** The name of the database. */
  database: string
}) {
  const counts = { created: 0, updated: 0, skipped: 0, failed: 0 }
  const reasons = new Map<string, Reason>()

  const add = (kind: Kind, name: string, detail?: string) => {
    const known = reasons.get(`${kind} ${name}`)
    if (!known && reasons.size >= maxReasons && name !== other) return add(kind, other)
    const reason = known ?? { kind, name, times: 0, details: [] }
    reason.times += 1
    if (detail !== undefined && reason.details.length <= maxDetails && !reason.details.includes(detail))
      reason.details.push(detail)
    reasons.set(`${kind} ${name}`, reason)
  }
  const timesOf = (...kinds: Kind[]) =>
    Object.fromEntries(
      [...reasons.values()]
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ name, times }) => [name, times]),
    )

  return {
    counts,
    count({ result, errors, reason, notes }: ImportedRow): void {
      counts[result] += 1
      for (const { pointer, code, detail } of errors ?? [])
        add('failed', `${pointer.slice(1)} ${code}`.trim(), detail)
      if (reason !== undefined) add('skipped', reason)
      for (const each of notes ?? []) add('note', each)
    },
    /** The report as JSON. */
    summary: ({ columns, samples }: Summary) => ({
      format,
      sign,
      columns,
      ...counts,
      dry_run: dryRun,
      reasons: timesOf('failed', 'skipped'),
      notes: timesOf('note'),
      ...(samples && { samples }),
    }),
    /** The report as text. */
    text({ columns, samples = [] }: Summary): string {
      const { created, updated, skipped, failed } = counts
      const fates = Object.entries(columns).map(([name, fate]) => `${name} → ${fate}`)
      const found = `format ${format}, because ${sign}: ${fates.join(', ') || 'no rows'}; into ${database}`
      const head = `${dryRun ? 'dry run of' : 'imported'} ${format}: ${created} created, ${updated} updated, ${skipped} skipped, ${failed} failed`
      const kinds: Kind[] = ['failed', 'skipped', 'note']
      const all = kinds.flatMap((kind) => [...reasons.values()].filter((reason) => reason.kind === kind))
      const width = Math.max(0, ...all.map(({ times }) => String(times).length))
      return [found, head, ...all.map((reason) => lineOf(reason, width)), ...samples.map(sampleLine)].join(
        '\n',
      )
    },
  }
}

function lineOf({ kind, name, times, details }: Reason, width: number): string {
  const shown = details.slice(0, maxDetails).join(' ')
  const more = details.length > maxDetails ? ' …' : ''
  const line = `  ${kind.padEnd(7)} ${String(times).padStart(width)} × ${name}`
  return details.length > 0 ? `${line}: ${shown}${more}` : line
}

/** The maximum length of the metadata that is shown. */
const longestMetadata = 120

/** `  row 2  jane-doe, jane@example.com (verified), Jane Doe, active, password: hash` */
function sampleLine({ row, username, email, email_verified, metadata, password, ...user }: Sample): string {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
  const rest = metadata ? JSON.stringify(metadata) : ''
  const parts = [
    username,
    email && `${email}${email_verified ? ' (verified)' : ''}`,
    name,
    user.status,
    user.roles && `roles ${user.roles.join(' ')}`,
    user.other_roles && `not given: ${user.other_roles.join(' ')}`,
    user.external_id && `id ${user.external_id}`,
    user.created_at && `since ${user.created_at.slice(0, 10)}`,
    `password: ${password}`,
    rest.length > longestMetadata ? `${rest.slice(0, longestMetadata)}…` : rest,
  ]
  return `  row ${row}  ${parts.filter(Boolean).join(', ')}`
}
