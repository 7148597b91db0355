/** Exports users as NDJSON or CSV. */
import { type Caller, need } from '../../caller.ts'
import { type CsvUser, csvColumnsOf, csvOfUsers } from './csv.ts'
import type { ImportedIdentity } from './exported-fields.ts'

type ExportedUser = Omit<CsvUser, 'password_hash' | 'groups'>
type OfUsers<T> = (userIds: readonly string[]) => Promise<ReadonlyMap<string, T>>

export type ExportNeeds<Query> = {
  users: { walkShown(caller: Caller, query: Query): AsyncIterable<ExportedUser[]> }
  groups: { listDirect: OfUsers<readonly { name: string }[]> }
  /** The caller with the current permissions. */
  rightsNow(caller: Caller): Promise<Caller>
  listHashes: OfUsers<string>
  /** The authenticator apps of users: encrypted with the secret key, or their secrets in base32. */
  totps: { listSealed: OfUsers<string>; listSecrets: OfUsers<string> }
  identities: { listForExport: OfUsers<ImportedIdentity[]> }
  recordTransfer(caller: Caller, type: 'users.exported', changes: Record<string, unknown>): Promise<void>
}

type Options = {
  format: 'ndjson' | 'csv'
  passwordHashes: boolean
  /**
   * Whether the file is encrypted as a whole; it then contains the secrets of authenticator apps, which any installation
   * can read.
   */
  isEncrypted?: boolean
  counted?(count: number): void
}

/**
 * Exports text, one page of users at a time. The audit event has the number of users sent, also if the client disconnects
 * early; `counted` is called with it after each page.
 */
export function createExport<Query extends object>(needs: ExportNeeds<Query>) {
  return async function* exportUsers(caller: Caller, query: Query, options: Options): AsyncGenerator<string> {
    const mayExport = (who: Caller) => {
      need(who, 'users:export')
      if (options.passwordHashes) need(who, 'users:export_hashes')
    }
    mayExport(caller)
    const [app, listApps] = options.isEncrypted
      ? (['totp_secret', needs.totps.listSecrets] as const)
      : (['totp_factor', needs.totps.listSealed] as const)
    let count = 0
    async function* pages(): AsyncGenerator<CsvUser[]> {
      for await (const found of needs.users.walkShown(caller, query)) {
        // A long export ends when the caller loses the permission.
        mayExport(await needs.rightsNow(caller))
        count += found.length
        options.counted?.(count)
        const ids = found.map(({ id }) => id)
        const hashes = options.passwordHashes ? await needs.listHashes(ids) : undefined
        const apps = options.passwordHashes ? await listApps(ids) : undefined
        const identities = options.passwordHashes ? await needs.identities.listForExport(ids) : undefined
        const groups = await needs.groups.listDirect(ids)
        yield found.map((user) => ({
          ...user,
          groups: (groups.get(user.id) ?? []).map(({ name }) => name),
          ...(hashes && { password_hash: hashes.get(user.id) ?? null }),
          ...(apps && { [app]: apps.get(user.id) ?? null }),
          ...(identities && { identities: identities.get(user.id) ?? [] }),
        }))
      }
    }
    try {
      if (options.format === 'csv')
        yield* csvOfUsers(pages(), csvColumnsOf({ passwordHash: options.passwordHashes }))
      else for await (const page of pages()) yield `${page.map((user) => JSON.stringify(user)).join('\n')}\n`
    } finally {
      await needs.recordTransfer(caller, 'users.exported', {
        count,
        filters: Object.keys(query),
        format: options.format,
        password_hashes: options.passwordHashes,
      })
    }
  }
}
