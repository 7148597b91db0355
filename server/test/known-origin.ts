/** A service whose public URL is where it listens, so that browsers and other services find it there. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Engine, Service } from './harness.ts'

/** The origin must be known before the start. Another process may take the port before it. */
export async function startAtKnownOrigin(
  engine: Engine,
  host: 'localhost' | '127.0.0.1' = 'localhost',
  settings: Record<string, string> = {},
  tries = 5,
): Promise<{ service: Service; origin: string }> {
  const port = await freePort()
  const origin = `http://${host}:${port}`
  try {
    const service = await engine.start({
      ROSTER_PORT: String(port),
      ROSTER_PUBLIC_URL: origin,
      ...settings,
    })
    return { service, origin }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 1) throw error
    return startAtKnownOrigin(engine, host, settings, tries - 1)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
