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
