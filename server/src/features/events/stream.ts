/**
 * The feed as Server-Sent Events. The next page is read when the client has received the last one, so little data is in
 * memory.
 */
import { monotonicMs } from '../../clock.ts'
import { isAppError } from '../../errors.ts'
import type { FeedPage } from './service.ts'
import type { Waiting } from './waiting.ts'

/** The maximum duration of a stream. The client then connects again, and its credentials are checked again. */
const lifeMs = 60_000
/** The interval of comments, which keep the connection open in proxies. */
const beatMs = 10_000

/** Ends when `read` throws a refusal: the client connects again and gets the error. */
export async function* eventStream(
  read: (after: number) => Promise<FeedPage>,
  waiting: Pick<Waiting, 'until' | 'isStopping'>,
  first: FeedPage,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const endMs = monotonicMs() + lifeMs
  let page = first
  // Without events the client gets the end of the feed.
  yield page.events.length > 0 ? 'retry: 1000\n\n' : `retry: 1000\nid: ${page.next}\n\n`
  for (;;) {
    for (const event of page.events)
      yield `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
    // Frees the users of the page while the client waits.
    page = { ...page, events: [] }
    if (signal.aborted || waiting.isStopping() || monotonicMs() > endMs) return
    if (!page.has_more) {
      await waiting.until(page.next, beatMs, signal)
      if (signal.aborted || waiting.isStopping()) return
    }
    const next = await read(page.next).catch(nullWhenRefused)
    if (next === null) return
    page = next
    if (page.events.length === 0) yield ': still here\n\n'
  }
}

/** @throws all other errors */
function nullWhenRefused(error: unknown): null {
  if (isAppError(error) && error.status < 500) return null
  throw error
}
