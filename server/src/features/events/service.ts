/**
 * The event feed: every change of a user, in one order without gaps, for applications that keep a copy.
 *
 * An event is written in the transaction of its change, without a position: on PostgreSQL a transaction that began
 * earlier can commit later, and a reader that has passed its number would miss it. Therefore only committed events get
 * positions, from one transaction at a time, when a reader requests events.
 */
import { type Caller, need } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { fromJsonText, jsonText } from '../../encoding/json-text.ts'
import { AppError } from '../../errors.ts'
import { atMost } from './at-most.ts'
import { eventsOfAudit, type FeedEvent, type Snapshot } from './event.ts'
import { createEventStore, type EventRow } from './store.ts'

type Recorded = Parameters<typeof eventsOfAudit>[0]

type Needs = {
  database: Database
  /** The current state of these users, including the recycle bin. */
  snapshots(ids: readonly string[]): Promise<Map<string, Snapshot>>
  /** The caller with the current permissions. */
  rightsNow(caller: Caller): Promise<Caller>
}

export type FeedPage = { events: FeedEvent[]; next: number; has_more: boolean }

export type Events = ReturnType<typeof createEvents>

/** The number of events that get positions in one transaction. */
const positionsAtOnce = 1000
/** The first of these events, up to a total of about `pageLength` characters, because users may have much text. */
const pageLength = 256 * 1024
const shownAtOnce = 25
/** The number of pages that are read concurrently. Each is in memory as rows, as users and as text. */
const pagesAtOnce = 8

export function createEvents({ database, snapshots, rightsNow }: Needs) {
  const store = createEventStore(database)
  const listeners = new Set<() => void>()
  const inTurn = atMost(pagesAtOnce)
  const notify = () => {
    for (const listener of listeners) listener()
  }

  /** The first of these events, up to a total of about `pageLength` characters, because users may have much text. */
  const showPage = async (rows: readonly EventRow[]): Promise<FeedEvent[]> => {
    const shown: FeedEvent[] = []
    let length = 0
    while (shown.length < rows.length && length < pageLength) {
      const part = await showAll(rows.slice(shown.length, shown.length + shownAtOnce))
      for (const event of part) length += JSON.stringify(event).length
      shown.push(...part)
    }
    return shown
  }

  const showAll = async (rows: readonly EventRow[]): Promise<FeedEvent[]> => {
    const users = await snapshots([...new Set(rows.map(({ user_id }) => user_id))])
    return rows.map((row) => show(row, users.get(row.user_id)))
  }

  return {
    /** Adds the feed events of an audit event. `isSurplus`: the caller has exceeded the limit of rows. */
    async record(tx: Tx, recorded: readonly (Recorded & { isSurplus: boolean })[]): Promise<void> {
      const rows = recorded.flatMap((event) =>
        eventsOfAudit(event).map(({ type, userId, fields }) => ({
          position: null,
          id: newId(),
          at: now(),
          type,
          user_id: userId,
          fields: event.isSurplus || fields === null ? null : jsonText([...fields]),
          surplus: event.isSurplus ? 1 : 0,
        })),
      )
      const usual = rows.filter(({ surplus }) => surplus === 0)
      if (usual.length > 0) await store.insert(tx, usual)
      for (const row of rows) if (row.surplus === 1) await store.insertSurplus(tx, row)
      if (rows.length > 0) database.gatherForCommit(tx, [], notify)
    },

    /** Adds events for members of a group that was renamed or deleted. */
    async recordGroupsChanged(tx: Tx, userIds: readonly string[]): Promise<void> {
      const at = now()
      await store.insert(
        tx,
        userIds.map((userId) => ({
          position: null,
          id: newId(),
          at,
          type: 'user.groups_changed',
          user_id: userId,
          fields: jsonText(['groups']),
          surplus: 0,
        })),
      )
      database.gatherForCommit(tx, [], notify)
    },

    /** Calls the listener after this process has committed events. */
    onRecord(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    /** Gives positions to committed events. @returns the last position, and whether more events wait */
    async advance(): Promise<{ position: number; hasMore: boolean }> {
      const count = (await store.hasPending())
        ? await database.transaction((tx) => store.givePositions(tx, positionsAtOnce))
        : 0
      const { position } = await store.state()
      return { position, hasMore: count === positionsAtOnce }
    },

    /**
     * Without `after` the page has no events, only the end of the feed. A request may have waited long, so the rights of
     * the caller are checked again after the events are read.
     * @throws events_expired, forbidden
     */
    async read(caller: Caller, after: number | undefined, limit: number): Promise<FeedPage> {
      const page = await inTurn(() => this.readAfter(after, limit))
      need(await rightsNow(caller), 'events:read')
      return page
    },

    async readAfter(after: number | undefined, limit: number): Promise<FeedPage> {
      const { position, hasMore } = await this.advance()
      if (after === undefined) return { events: [], next: position, has_more: false }
      const rows = after < position ? await store.listAfter(after, limit) : []
      // Read last, so that a deletion during this call is detected.
      const { deleted_through: deleted, position: latest } = await store.state()
      if (after < deleted || after > latest)
        throw new AppError('events_expired', {
          detail: `The feed goes from sequence ${deleted} to ${latest}.`,
        })
      const events = await showPage(rows)
      const next = rows[events.length - 1]?.position ?? after
      return { events, next, has_more: hasMore || next < position }
    },

    /** Types and users of events, to select deliveries. */
    async listAfter(after: number, limit: number): Promise<EventRow[]> {
      return store.listAfter(after, limit)
    },

    /** The events at these positions, with the current state of their users. */
    async showAt(positions: readonly number[]): Promise<FeedEvent[]> {
      return positions.length === 0 ? [] : showAll(await store.listAt(positions))
    },

    /** The last position of an event before `instant`. */
    positionBefore: (instant: string): Promise<number> => store.positionBefore(instant),

    state: () => store.state(),

    /** Housekeeping: deletes events before `instant`, a limited number in each call. */
    async deleteBefore(instant: string, limit: number): Promise<number> {
      if ((await this.advance()).hasMore) return positionsAtOnce
      return database.transaction((tx) => store.deleteBefore(tx, instant, limit))
    },
  }
}

function show(row: EventRow, snapshot: Snapshot | undefined): FeedEvent {
  return {
    id: row.id,
    sequence: row.position ?? 0,
    type: row.type,
    timestamp: row.at,
    data: {
      user_id: row.user_id,
      fields: row.fields === null ? null : fromJsonText(row.fields),
      version: snapshot?.version ?? null,
      deleted_at: snapshot?.deleted_at ?? null,
      user: snapshot?.user ?? null,
      groups: snapshot?.groups ?? null,
    },
  }
}
