/** Stopping without a failed request. */
import type { App } from './app.ts'

/** From now on `/health/ready` is 503 and every answer ends its connection; requests are still served. */
export function beginDrain(app: App): void {
  app.draining.now = true
}

/** How many requests have not been answered yet. */
export function requestsInFlight(app: App): number {
  return app.deadlines.running()
}

/**
 * Stops listening, closes idle connections and waits until every request is answered, at most `waitMs`; then
 * closes what is left. Begin the drain some seconds before, so that balancers have noticed.
 */
export async function closeServer(app: App, waitMs = 15_000): Promise<void> {
  beginDrain(app)
  const late = setTimeout(() => app.server.closeAllConnections(), waitMs)
  try {
    await app.close()
  } finally {
    clearTimeout(late)
    app.deadlines.stop()
  }
}
