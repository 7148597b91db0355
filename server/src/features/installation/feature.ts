/** Information about the installation for administrators: version, settings, and whether its parts work. */

import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Config, SettingInUse } from '../../config.ts'
import { AppError } from '../../errors.ts'
import { type Language, languages } from '../../html/language.ts'
import { type MessageData, type MessageName, type Messages, messageNames } from '../../mail/messages.ts'
import type { Outbox } from '../../mail/outbox.ts'
import { sendTestMail } from '../../mail/test-mail.ts'
import type { SigningKeys } from '../sessions/keys/signing-keys.ts'
import type { UserLookup } from '../users/lookup.ts'

type Needs = {
  config: Config
  messages: Messages
  signingKeys: Pick<SigningKeys, 'list' | 'rotate'>
  findUser: UserLookup['findUser']
  version: string
  database: { dialect: { name: 'sqlite' | 'postgres' }; clockSkewMs(): number | null | undefined }
  /** Resolves when the database works. */
  ready(): Promise<void>
  outbox: Pick<Outbox, 'status'>
}

export type Installation = {
  version: string
  node: string
  started_at: string
  database: { engine: 'sqlite' | 'postgres'; ok: boolean; clock_skew_ms: number | null }
  mail: { ok: boolean; server: boolean; queued: number; oldest_seconds: number; given_up: number }
  settings: readonly SettingInUse[]
}

/** A signing key, in the list of `sessions`. */
export type PublishedKey = {
  id: string
  algorithm: 'EdDSA' | 'RS256'
  state: 'signing' | 'next' | 'retiring'
  created_at: string
  active_at: string
  retired_at: string | null
}
export type MailTemplate = { name: MessageName; language: Language; subject: string; text: string }
export type TestMail = { address: string; outcome: string; reason: string | null }
export type InstallationService = ReturnType<typeof createInstallation>

/** A mail that waits longer means that the mail server accepts none. */
const patienceSeconds = 3600

export function createInstallation(needs: Needs) {
  const { config, version, database, ready, outbox, messages, signingKeys } = needs
  const started_at = now()
  const read = async (): Promise<Installation> => {
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

  return {
    read,

    listKeys: (): Promise<PublishedKey[]> => signingKeys.list(),

    /** @param isEmergency whether the new keys sign immediately and all tokens of the old ones are refused */
    async rotateKeys(caller: Caller, isEmergency: boolean): Promise<PublishedKey[]> {
      await signingKeys.rotate(caller, isEmergency)
      return signingKeys.list()
    },

    /** Every mail in every language, with example values. */
    listTemplates: (): MailTemplate[] =>
      languages.flatMap((language) =>
        messageNames.map((name) => {
          const { subject, text } = messages.render(name, exampleOf(config.publicUrl), language)
          return { name, language, subject, text }
        }),
      ),

    /** Sends a mail to the address of the caller immediately, without the queue. */
    async sendTestMail({ userId }: Caller): Promise<TestMail> {
      const user = userId === null ? undefined : await needs.findUser(userId)
      if (!user) throw new AppError('forbidden')
      const { email: address } = user
      if (address === null) throw new AppError('no_email_address')
      if (config.mailUrl === null) return { address, outcome: 'no_server', reason: null }
      const result = await sendTestMail(config, address)
      return {
        address,
        outcome: result.outcome,
        reason: 'reason' in result ? result.reason : null,
      }
    },
  }
}

function exampleOf(publicUrl: string): MessageData {
  return {
    username: 'ada',
    link: `${publicUrl}/account/…`,
    validity: { seconds: 24 * 3600 },
    code: '123456',
    at: '2026-01-31 09:30 UTC',
    device: { key: 'device', program: 'Firefox', system: 'Linux' },
    key: 'nightly sync',
    change: { key: 'passkey_added' },
    webhook: 'intranet.example.com',
    reason: { key: 'webhook_failing' },
  }
}
