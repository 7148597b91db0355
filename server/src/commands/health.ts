import { readConfig } from '../config.ts'
import type { Command } from './usage.ts'

export const health: Command = {
  name: 'health',
  about: 'Check whether the service on this machine is ready; for container health checks',
  examples: ['', '--json'],
  async run(input) {
    const { host, port } = readConfig()
    const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
    const origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`
    try {
      const { status } = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(3000) })
      console.log(
        input.json
          ? JSON.stringify({ ready: status === 200 })
          : status === 200
            ? 'ready'
            : `not ready (${status}); \`roster doctor\` says why`,
      )
      return status === 200 ? 0 : 1
    } catch {
      console.log(
        input.json
          ? JSON.stringify({ ready: false })
          : `not reachable: nothing answers at ${origin}; start the service, or set ROSTER_HOST and ROSTER_PORT as it has them`,
      )
      return 1
    }
  },
}
