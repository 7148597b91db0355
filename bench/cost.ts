/** What a request costs the server in CPU time. */
import autocannon from 'autocannon'
import type { Running } from './service.ts'

/** The same for everybody: a server that is asked more often wakes up less often for each request. */
const rate = 3000

/**
 * The client never sleeps. Waking one up is work of the server's kernel, more than all of bare `node:http`, and it would
 * hit only the slower of two: the faster answers while the client is still busy with the answer before.
 */
export function stayAwake(): void {
  setImmediate(stayAwake)
}

/** CPU microseconds of the server process for each request, under 20 connections. */
export async function costOf(
  server: Running,
  path: string,
  headers: Record<string, string>,
  seconds = 3,
): Promise<number> {
  const before = server.cpuSeconds()
  const result = await autocannon({
    url: `${server.url}${path}`,
    connections: 20,
    overallRate: rate,
    duration: seconds,
    headers,
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} answers were no 2xx, ${result.errors} failed`)
  return ((server.cpuSeconds() - before) * 1e6) / result['2xx']
}
