/** Creates the event feed. */
import { createEvents } from './service.ts'
import { createWaiting } from './waiting.ts'

export function createEventFeature(needs: Parameters<typeof createEvents>[0]) {
  const events = createEvents(needs)
  return { events, eventWaiting: createWaiting(events) }
}
