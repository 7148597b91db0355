/** Stopping without a failed request. */
import type { App } from '../types.ts'

/** The interval in which idle connections are closed. */
const sweepMs = 100

/** Begins the drain: `/health/ready` is 503 and every answer closes its connection; requests are still served. */
export function beginDrain(app: App): void {
  app.draining.now = true
  for (const request of app.deadlines.running) {
    request.visit.closing = true
    request.visit.reply.header('connection', 'close')
  }
}

/**
 * Stops listening, closes idle connections and waits until every request is answered, at most `waitMs`; then closes the
 * remaining connections. Begin the drain some seconds before this call, so that load balancers notice.
 */
export async function closeServer(app: App, waitMs = 15_000): Promise<void> {
  beginDrain(app)
  const late = setTimeout(() => app.server.closeAllConnections(), waitMs)
  const idle = setInterval(() => app.server.closeIdleConnections(), sweepMs)
  try {
    await app.close()
  } finally {
    clearTimeout(late)
    clearInterval(idle)
    app.deadlines.stop()
  }
}
