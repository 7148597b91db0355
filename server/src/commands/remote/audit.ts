/** The audit log of a Roster over HTTP. Its pages begin with the newest event. */
import type { AuditEvent } from '../../features/audit/audit-event.ts'
import type { Remote } from './remote.ts'

const pageSize = 200

const pathOf = (filters: object, limit: number): string =>
  `/audit-events?${new URLSearchParams({ ...filters, limit: String(limit) })}`

/** The last events, newest first. */
export async function newestEvents(remote: Remote, filters: object, limit: number): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  let path: string | undefined = pathOf(filters, Math.min(limit, pageSize))
  while (path !== undefined && events.length < limit) {
    const page: { items: AuditEvent[]; next?: string } = await remote.page<AuditEvent>(path)
    events.push(...page.items)
    path = page.next
  }
  return events.slice(0, limit)
}

/** Pages of events after `seq`, oldest first. It reads back to the first of them, and then forward to the newest. */
export async function* oldestEventsFirst(
  remote: Remote,
  filters: object,
  seq: number,
): AsyncGenerator<AuditEvent[]> {
  let page = await remote.page<AuditEvent>(pathOf(filters, pageSize))
  while (page.next !== undefined && page.items.at(-1)!.seq > seq) page = await remote.page(page.next)
  for (;;) {
    const events = page.items.filter((event) => event.seq > seq).reverse()
    if (events.length > 0) yield events
    if (page.prev === undefined) return
    page = await remote.page(page.prev)
  }
}
