/** What the tests of sign-in share. */
import type { Engine, Service } from '../harness.ts'

/** Two services on one database; on SQLite twice the same one. */
export async function replicas(
  engine: Engine,
  settings: Record<string, string>,
): Promise<[Service, Service]> {
  if (engine.name === 'sqlite') {
    const one = await engine.start(settings)
    return [one, one]
  }
  const DATABASE_URL = await engine.createDatabase()
  return [
    await engine.start({ ...settings, DATABASE_URL }),
    await engine.start({ ...settings, DATABASE_URL }),
  ]
}

export const login = (service: Service, username: string, typed: string, address: string) =>
  service.call('POST', '/auth/login', {
    body: { username, password: typed },
    headers: { 'x-forwarded-for': address },
  })

/**
 * Signs in as `count` unknown users at the same time. Not through `call`, which sends a refused request again.
 */
export const signInTogether = (service: Service, count: number, typed: string) =>
  Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const answer = await fetch(`${service.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: `none-${at}`, password: typed }),
      })
      const { code } = (await answer.json()) as { code: string }
      return { status: answer.status, code, retryAfter: answer.headers.get('retry-after') ?? '' }
    }),
  )

/** How many events there are; every comparison of a wrong password leaves one. */
export async function countEvents(service: Service, type: string, target?: string): Promise<number> {
  await service.roster.signIn.settled()
  const select = service.roster.database.scan
    .selectFrom('audit_events')
    .select((at) => at.fn.countAll<number>().as('count'))
    .where('type', '=', type)
  const row = await (target ? select.where('target_id', '=', target) : select).executeTakeFirstOrThrow()
  return Number(row.count)
}
