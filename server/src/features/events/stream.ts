/** The feed as Server-Sent Events. A page is read when the client has taken the last one, so little waits in memory. */
import { monotonicMs } from '../../clock.ts'
import { isAppError } from '../../errors.ts'
import type { FeedPage } from './service.ts'
import type { Waiting } from './waiting.ts'

/** Then the client connects again by itself, and its credentials are checked again. */
const lifeMs = 60_000
/** A comment goes out so often, so that proxies and the socket see that the stream lives. */
const beatMs = 10_000

/** Ends when `read` refuses: the client connects again and learns why. */
export async function* eventStream(
  read: (after: number) => Promise<FeedPage>,
  waiting: Pick<Waiting, 'until' | 'isStopping'>,
  first: FeedPage,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const endMs = monotonicMs() + lifeMs
  let page = first
  // Without events the client learns where the feed ends.
  yield page.events.length > 0 ? 'retry: 1000\n\n' : `retry: 1000\nid: ${page.next}\n\n`
  for (;;) {
    for (const event of page.events)
      yield `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
    // The users of the page are not kept while the client waits.
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
