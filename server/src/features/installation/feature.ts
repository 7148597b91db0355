/** What an administrator wants to know of the installation: its version, its settings, and whether its parts work. */
import { now } from '../../clock.ts'
import type { Config, SettingInUse } from '../../config.ts'

type Needs = {
  config: Config
  version: string
  database: { dialect: { name: 'sqlite' | 'postgres' }; clockSkewMs(): number | null | undefined }
  /** Resolves when the database can do its work. */
  ready(): Promise<void>
  outbox: { status(): Promise<{ queued: number; oldest_seconds: number; failed: number }> }
}

export type Installation = {
  version: string
  node: string
  started_at: string
  database: { engine: 'sqlite' | 'postgres'; ok: boolean; clock_skew_ms: number | null }
  mail: { ok: boolean; server: boolean; queued: number; oldest_seconds: number; given_up: number }
  settings: readonly SettingInUse[]
}

/** A mail that waits for longer means that the mail server takes none. */
const patienceSeconds = 3600

export function createInstallation({ config, version, database, ready, outbox }: Needs) {
  const started_at = now()
  return async (): Promise<Installation> => {
    const ok = await ready().then(
      () => true,
      () => false,
    )
    const { queued, oldest_seconds, failed } = await outbox.status()
    const server = config.mailUrl !== null
    const skew = database.clockSkewMs() ?? null
    return {
      version,
      node: process.versions.node,
      started_at,
      database: {
        engine: database.dialect.name,
        ok,
        clock_skew_ms: skew === null ? null : Math.round(skew),
      },
      mail: {
        ok: server && oldest_seconds < patienceSeconds,
        server,
        queued,
        oldest_seconds,
        given_up: failed,
      },
      settings: config.settingsInUse,
    }
  }
}
