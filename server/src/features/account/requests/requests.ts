/**
 * Public requests about an address: a link for a new password, to sign in, or the one that verifies the address. The
 * answer is sent when the request is stored, with the same work for every address. The request is processed afterwards in
 * a separate transaction, so the response time does not reveal accounts.
 */

import type { Caller } from '../../../caller.ts'
import { fromNow, newId, now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { type Sealing, sealedJson } from '../../../encoding/sealed-json.ts'
import { createRequestStore, type RequestRow } from './store.ts'

export type AccountRequest = {
  kind: 'reset' | 'verification' | 'sign_in'
  /** The address as typed. */
  email: string
  caller: Caller
  /** Whether the signed-in caller requests a mail to their own address. */
  isOwner?: boolean
  /** For a sign-in by mail. */
  signIn?: { challenge: string; returnTo: string | null; sharedComputer: boolean }
}

export type NotedRequest = AccountRequest & { id: string }

export type Requests = ReturnType<typeof createRequests>

/** The age in seconds at which requests are dropped, because the user no longer waits for the mail. */
const keptSeconds = 30 * 60

/** Permissions are left out, because links do not depend on the rights of the caller. */
type StoredRequest = Omit<AccountRequest, 'caller'> & { caller: Omit<Caller, 'permissions' | 'held'> }

export function createRequests(
  needs: Sealing & {
    database: Database
  },
) {
  const store = createRequestStore(needs.database)
  const contents = sealedJson<StoredRequest, [string]>(needs, (id) => `account_requests ${id}`)
  const listeners = new Set<() => void>()

  const requestOf = (row: RequestRow): NotedRequest | undefined => {
    if (row.created_at < fromNow(-keptSeconds)) return undefined
    try {
      const { caller, ...request } = contents.open(row.content, row.id)
      return { ...request, id: row.id, caller: { ...caller, permissions: new Set() } }
    } catch {
      return undefined // encrypted with another secret key
    }
  }

  return {
    /** Adds the request in the transaction; it is processed soon after the commit. */
    async note(tx: Tx, request: AccountRequest): Promise<void> {
      const id = newId()
      const { permissions: _permissions, held: _held, ...caller } = request.caller
      const content = contents.seal({ ...request, caller }, id)
      await store.insert(tx, { id, content, created_at: now() })
      needs.database.afterCommit(tx, () => {
        for (const listener of listeners) listener()
      })
    },

    onNote(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    /** The oldest requests; null for one that is dropped, because it is too old or cannot be decrypted. */
    async list(limit: number): Promise<{ id: string; request: NotedRequest | null }[]> {
      const rows = await store.list(limit)
      return rows.map((row) => ({ id: row.id, request: requestOf(row) ?? null }))
    },

    /** Deletes the request in the transaction that processes it. @returns whether the request still existed */
    take: store.take,
  }
}
