/** Readers of the event feed. */
import type { Service } from '../harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into events of every type
export type Event = any

/** All events after the position, page by page, as an application reads them. */
export async function readAll(service: Service, as: string, after = 0, limit = 100): Promise<Event[]> {
  const found: Event[] = []
  for (let from = after; ; ) {
    const { status, body } = await service.call('GET', `/events?after=${from}&limit=${limit}`, { as })
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
    found.push(...body.events)
    from = body.next
    if (!body.has_more) return found
  }
}

/** Where the feed ends. */
export async function endOfFeed(service: Service, as: string): Promise<number> {
  return (await service.call('GET', '/events', { as })).body.next
}

/** A copy of the users that is made from events alone. */
export function createCopy() {
  const users = new Map<string, unknown>()
  return {
    users,
    apply({ data }: Event): void {
      if (data.user === null || data.deleted_at !== null) users.delete(data.user_id)
      else users.set(data.user_id, data.user)
    },
  }
}

/** The users as the API lists them, without what events leave out. */
export async function listUsers(service: Service, as: string): Promise<Map<string, unknown>> {
  const { body } = await service.call('GET', '/users?limit=200', { as })
  return new Map(
    body.map(({ last_login_at: _, ...user }: Record<string, unknown>) => [user['id'] as string, user]),
  )
}
