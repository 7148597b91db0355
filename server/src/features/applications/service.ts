/** Applications: registered, changed and removed by administrators. Their secrets are shown once and stored as hashes. */

import { timingSafeEqual } from 'node:crypto'
import type { AuditLog, EventType, NewAuditEvent } from '../../audit-events.ts'
import { type Caller, inOrder, type Permission } from '../../caller.ts'
import { newId, newSecret, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Egress } from '../../egress/egress.ts'
import { jsonText } from '../../encoding/json-text.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import type { IdPage } from '../../page.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import {
  type Application,
  type ApplicationFields,
  type ApplicationKind,
  type ApplicationRow,
  applicationOf,
  hasRedirects,
  isConfidential,
  type KnownSecret,
  type ProvableApplication,
} from './application.ts'
import { createGranting, type GrantingNeeds } from './machines/granting.ts'
import { logoutUriFaults, redirectUriFaults } from './redirect-uris.ts'
import { type ApplicationStore, createApplicationStore, type SecretRow } from './store.ts'

export type NewApplication = Partial<ApplicationFields> & { name: string; kind: ApplicationKind }
export type VersionedApplication = { application: Application; version: number }
export type ApplicationSecret = { id: string; created_at: string }

type Needs = GrantingNeeds & {
  database: Database
  /** The issuer of tokens, which no application may use as its audience. */
  issuer: string
  audit: AuditLog
  /** Whether requests to this address are allowed. */
  egress: Pick<Egress, 'refusalOf'>
  missingRoles: RoleLookup['missing']
  /** Creates missing signing keys for applications. */
  privateJwks(): Promise<unknown>
  /** Called after a commit: removes the tokens of this application from the cache. */
  forgetTokens(applicationId: string): void
}

/** Two, so that a secret can be replaced without an interruption. */
const maxSecrets = 2

export type Applications = ReturnType<typeof createApplications>

export function createApplications(
  needs: Needs,
  store: ApplicationStore = createApplicationStore(needs.database),
) {
  const { database, audit } = needs
  const granting = createGranting(needs)
  const changed = (tx: Tx, id: string) => database.afterCommit(tx, () => needs.forgetTokens(id))

  const faultsOf = async (kind: ApplicationKind, fields: ApplicationFields): Promise<Fault[]> => {
    const faults = [
      ...redirectUriFaults(kind, fields.redirect_uris, '/redirect_uris'),
      ...redirectUriFaults(kind, fields.post_logout_redirect_uris, '/post_logout_redirect_uris'),
    ]
    const add = (pointer: string, code: string, detail: string) => faults.push({ pointer, code, detail })
    if (!hasRedirects(kind) && fields.redirect_uris.length > 0)
      add('/redirect_uris', 'not_allowed', `A ${kind} application has no redirect URIs.`)
    if (hasRedirects(kind) && fields.redirect_uris.length === 0)
      add('/redirect_uris', 'required', 'This kind of application needs a redirect URI.')
    if (fields.backchannel_logout_uri !== null)
      faults.push(...logoutUriFaults(kind, fields.backchannel_logout_uri, needs.egress.refusalOf))
    if (fields.audience !== null && isOwn(fields.audience, needs.issuer))
      add('/audience', 'not_allowed', 'The audience must not be this service.')
    if (kind !== 'machine' && fields.permissions.length > 0)
      add('/permissions', 'not_allowed', 'Only a machine application acts for itself.')
    for (const name of await needs.missingRoles(fields.roles))
      add(`/roles/${fields.roles.indexOf(name)}`, 'unknown_role', 'There is no such role.')
    return faults
  }
  const addSecret = async (tx: Tx, applicationId: string): Promise<{ row: SecretRow; secret: string }> => {
    const secret = `rs_${newSecret()}`
    const row = {
      id: newId(),
      application_id: applicationId,
      secret_hash: sha256(secret),
      created_at: now(),
    }
    await store.insertSecret(tx, row)
    return { row, secret }
  }
  const hold = async (tx: Tx, id: string): Promise<ApplicationRow> => {
    const row = await store.findForChange(tx, id)
    if (!row) throw new AppError('not_found')
    return row
  }
  const event = (type: EventType, id: string, changes?: Record<string, unknown>): NewAuditEvent => ({
    type,
    target: { kind: 'application', id },
    ...(changes && { changes }),
  })

  return {
    /** @returns the secret of a confidential application, which is shown only here; else null */
    async create(
      caller: Caller,
      { kind, ...given }: NewApplication,
    ): Promise<VersionedApplication & { secret: string | null }> {
      const fields = { ...defaults, ...given }
      const faults = await faultsOf(kind, fields)
      if (faults.length > 0) throw invalidInput(faults)
      await granting.check(caller, fields.permissions)
      // The key must be in our JWKS before the application reads it for the first ID token.
      await needs.privateJwks()
      const at = now()
      const row = rowOf({ id: newId(), kind, version: 1, created_at: at }, fields)
      const secret = await database.transaction(async (tx) => {
        await granting.give(tx, caller, fields)
        await store.insert(tx, row)
        const permissions = inOrder(fields.permissions)
        await audit.record(
          tx,
          caller,
          event('application.created', row.id, { kind, ...(permissions.length > 0 && { permissions }) }),
        )
        return isConfidential(kind) ? (await addSecret(tx, row.id)).secret : null
      })
      return { application: applicationOf(row), version: 1, secret }
    },

    async list(page: IdPage): Promise<Application[]> {
      return (await store.list(page.limit, page.position, page.direction)).map(applicationOf)
    },

    async get(id: string): Promise<VersionedApplication> {
      const row = await store.find(id)
      if (!row) throw new AppError('not_found')
      return { application: applicationOf(row), version: row.version }
    },

    async change(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      changes: Partial<ApplicationFields>,
    ): Promise<VersionedApplication> {
      const found = await this.get(id)
      const faults = await faultsOf(found.application.kind, { ...found.application, ...changes })
      if (faults.length > 0) throw invalidInput(faults)
      const isGranting = (from: Application) =>
        changes.permissions !== undefined && !isSame(changes.permissions, from.permissions)
      if (isGranting(found.application)) await granting.check(caller, changes.permissions ?? [])
      return database.transaction(async (tx) => {
        const current = await hold(tx, id)
        checkIfMatch(ifMatch, current.version)
        const before = applicationOf(current)
        const fields = { ...before, ...changes }
        // The check includes unchanged permissions: a caller who cannot give a permission must not control who gets it.
        if (isGranting(before)) await granting.give(tx, caller, fields)
        const next = rowOf({ ...current, version: current.version + 1 }, fields)
        await store.update(tx, id, next)
        changed(tx, id)
        await audit.record(
          tx,
          caller,
          event('application.updated', id, {
            fields: Object.keys(changes).sort(),
            ...(changes.permissions && { permissions: inOrder(changes.permissions) }),
          }),
        )
        return { application: applicationOf(next), version: next.version }
      })
    },

    /** Removes the application with its secrets, tokens and grants. */
    async delete(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      await database.transaction(async (tx) => {
        checkIfMatch(ifMatch, (await hold(tx, id)).version)
        await store.delete(tx, id)
        changed(tx, id)
        await audit.record(tx, caller, event('application.deleted', id))
      })
    },

    async listSecrets(id: string): Promise<ApplicationSecret[]> {
      await this.get(id)
      return (await store.listSecrets(id)).map(({ id, created_at }) => ({ id, created_at }))
    },

    /** @throws secret_not_allowed */
    async addSecret(caller: Caller, id: string): Promise<ApplicationSecret & { client_secret: string }> {
      const { application: found } = await this.get(id)
      await granting.check(caller, found.permissions)
      return database.transaction(async (tx) => {
        const { kind, name, permissions } = applicationOf(await hold(tx, id))
        if (!isConfidential(kind))
          throw new AppError('secret_not_allowed', { detail: 'A public application has no secret.' })
        if ((await store.listSecrets(id, tx)).length >= maxSecrets)
          throw new AppError('secret_not_allowed', {
            detail: `An application has at most ${maxSecrets} secrets. Delete the old one first.`,
          })
        await granting.give(tx, caller, { name, permissions })
        const { row, secret } = await addSecret(tx, id)
        await audit.record(tx, caller, event('application.secret_created', id, { secret_id: row.id }))
        return { id: row.id, created_at: row.created_at, client_secret: secret }
      })
    },

    async deleteSecret(caller: Caller, id: string, secretId: string): Promise<void> {
      await database.transaction(async (tx) => {
        await hold(tx, id)
        if (!(await store.deleteSecret(tx, id, secretId))) throw new AppError('not_found')
        changed(tx, id)
        await audit.record(tx, caller, event('application.secret_revoked', id, { secret_id: secretId }))
      })
    },

    async find(id: string): Promise<Application | undefined> {
      const row = await store.find(id)
      return row && applicationOf(row)
    },

    findWithSecrets: findWithSecrets(store),
  }
}

/** For the protocol: finds an application with the hashes of its secrets; undefined when there is none. */
export function findWithSecrets(store: ApplicationStore) {
  return async (id: string): Promise<ProvableApplication | undefined> => {
    const row = await store.find(id)
    if (!row) return undefined
    const secrets = await store.listSecrets(id)
    return { ...applicationOf(row), secrets: secrets.map(({ id, secret_hash: hash }) => ({ id, hash })) }
  }
}

/** The matching secret; the comparison takes the same time for every wrong one. */
export function provenSecret(secrets: readonly KnownSecret[], secret: string): KnownSecret | undefined {
  const actual = Buffer.from(sha256(secret))
  return secrets.filter(({ hash }) => timingSafeEqual(Buffer.from(hash), actual))[0]
}

const defaults: Omit<ApplicationFields, 'name'> = {
  redirect_uris: [],
  post_logout_redirect_uris: [],
  roles: [],
  permissions: [],
  first_party: true,
  audience: null,
  backchannel_logout_uri: null,
  token_algorithm: 'RS256',
}

function rowOf(
  fixed: Pick<ApplicationRow, 'id' | 'kind' | 'version' | 'created_at'> &
    Partial<Pick<ApplicationRow, 'first_party_at' | 'last_used_at'>>,
  fields: ApplicationFields,
): ApplicationRow {
  const at = now()
  return {
    id: fixed.id,
    kind: fixed.kind,
    version: fixed.version,
    created_at: fixed.created_at,
    updated_at: at,
    last_used_at: fixed.last_used_at ?? null,
    name: fields.name,
    redirect_uris: jsonText(fields.redirect_uris),
    post_logout_redirect_uris: jsonText(fields.post_logout_redirect_uris),
    roles: jsonText(fields.roles),
    permissions: jsonText(inOrder(fields.permissions)),
    audience: fields.audience,
    backchannel_logout_uri: fields.backchannel_logout_uri,
    token_algorithm: fields.token_algorithm,
    first_party_at: fields.first_party ? (fixed.first_party_at ?? at) : null,
  }
}

function isSame(some: readonly Permission[], others: readonly Permission[]): boolean {
  return inOrder(some).join() === inOrder(others).join()
}

function isOwn(audience: string, issuer: string): boolean {
  return audience.replace(/\/+$/, '').toLowerCase() === issuer.toLowerCase()
}
