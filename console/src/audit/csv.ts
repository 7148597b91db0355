/** Audit events as lines of CSV that a spreadsheet opens. */
import type { AuditEvent } from '../api/types.ts'

const columns: readonly [name: string, of: (event: AuditEvent) => string | null | undefined][] = [
  ['at', ({ at }) => at],
  ['type', ({ type }) => type],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ reason }) => reason],
  ['actor_kind', ({ actor }) => actor.kind],
  ['actor_id', ({ actor }) => actor.id],
  ['acting_as', ({ actor }) => actor.acting_as],
  ['target_kind', ({ target }) => target?.kind],
  ['target_id', ({ target }) => target?.id],
  ['address', ({ address }) => address],
  ['user_agent', ({ user_agent }) => user_agent],
  ['session_id', ({ session_id }) => session_id],
  ['request_id', ({ request_id }) => request_id],
  ['changes', ({ changes }) => changes && JSON.stringify(changes)],
  ['id', ({ id }) => id],
]

export const csvHead = columns.map(([name]) => name).join(',')

export function csvRow(event: AuditEvent): string {
  return columns.map(([, of]) => cell(of(event) ?? '')).join(',')
}

/** Spreadsheets read a text that begins like a formula as one; an apostrophe prevents this. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
