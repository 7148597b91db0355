/** Users out, as NDJSON or CSV. */
import { type Caller, need } from '../../caller.ts'
import { type CsvUser, csvColumnsOf, csvOfUsers } from './csv.ts'
import type { ImportedIdentity } from './exported-fields.ts'

type ExportedUser = Omit<CsvUser, 'password_hash' | 'groups'>
type OfUsers<T> = (userIds: readonly string[]) => Promise<ReadonlyMap<string, T>>

export type ExportNeeds<Query> = {
  users: { walkShown(caller: Caller, query: Query): AsyncIterable<ExportedUser[]> }
  groups: { listDirect: OfUsers<readonly { name: string }[]> }
  /** The caller with what they may do at this moment. */
  rightsNow(caller: Caller): Promise<Caller>
  listHashes: OfUsers<string>
  /** The authenticator apps of users: sealed with the secret key, or their secrets in base32. */
  totps: { listSealed: OfUsers<string>; listSecrets: OfUsers<string> }
  identities(): { listForExport: OfUsers<ImportedIdentity[]> }
  recordTransfer(caller: Caller, type: 'users.exported', changes: Record<string, unknown>): Promise<void>
}

type Options = {
  format: 'ndjson' | 'csv'
  passwordHashes: boolean
  /** The file is encrypted as a whole: it has the secrets of authenticator apps, which any installation can read. */
  isEncrypted?: boolean
  counted?(count: number): void
}

/**
 * Exports as text, a page of users at a time. The audit tells how many were sent, also when the client leaves early;
 * `counted` hears it page by page.
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
        // A long export breaks off when the caller loses the right to it.
        mayExport(await needs.rightsNow(caller))
        count += found.length
        options.counted?.(count)
        const ids = found.map(({ id }) => id)
        const hashes = options.passwordHashes ? await needs.listHashes(ids) : undefined
        const apps = options.passwordHashes ? await listApps(ids) : undefined
        const identities = options.passwordHashes ? await needs.identities().listForExport(ids) : undefined
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
