/**
 * Identity providers: registered, changed and removed by administrators. Their secrets are stored encrypted and never
 * shown.
 */

import type { AuditLog, EventType, NewAuditEvent } from '../../audit-events.ts'
import { type Caller, needToGrant } from '../../caller.ts'
import { now } from '../../clock.ts'
import { type Database, duplicateIndex, type Tx } from '../../database/database.ts'
import type { Egress } from '../../egress/egress.ts'
import type { Sealing } from '../../encoding/sealed-json.ts'
import { AppError, type Fault, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { ProviderStore } from './store.ts'
import {
  canonicalIssuer,
  defaultsOf,
  type Provider,
  type ProviderFields,
  type ProviderKind,
  type ProviderRow,
  providerOf,
  rowOf,
} from './upstream/provider.ts'
import { providerFaults } from './upstream/provider-faults.ts'

/** The type of a request body; a secret that is left out is kept. */
export type GivenFields = Partial<ProviderFields> & { client_secret?: string | null }
export type NewProvider = GivenFields & { id?: string; kind: ProviderKind; client_id: string }
export type VersionedProvider = { provider: Provider; version: number }

export type ProvidersNeeds = Pick<Sealing, 'seal'> & {
  database: Database
  egress: Pick<Egress, 'refusalOf'>
  audit: AuditLog
  roles: Pick<RoleLookup, 'permissionsByRole' | 'rightsNow'>
}

/** The maximum number of providers; the list is always read completely. */
const maxProviders = 100

export type Providers = ReturnType<typeof createProviders>

export function createProviders(needs: ProvidersNeeds, store: ProviderStore) {
  const { database, audit } = needs

  const check = async (
    kind: ProviderKind,
    fields: ProviderFields,
    secret: string | null | undefined,
  ): Promise<void> => {
    const known = await needs.roles.permissionsByRole()
    const unknown: Fault[] = fields.role_rules.flatMap(({ role }, index) =>
      known.has(role)
        ? []
        : [{ pointer: `/role_rules/${index}/role`, code: 'unknown_role', detail: 'There is no such role.' }],
    )
    const faults = [...providerFaults(kind, fields, secret, needs.egress.refusalOf), ...unknown]
    if (faults.length > 0) throw invalidInput(faults)
  }
  /**
   * A rule gives a role to users, so the caller needs the same permissions as for giving the role.
   * @throws permission_not_held
   */
  const mayGive = async (tx: Tx, caller: Caller, fields: ProviderFields): Promise<void> => {
    const rights = await needs.roles.permissionsByRole(tx)
    const granter = await needs.roles.rightsNow(caller, tx)
    for (const { role } of fields.role_rules) needToGrant(granter, [...(rights.get(role) ?? [])])
  }
  const hold = async (tx: Tx, id: string): Promise<ProviderRow> => {
    const row = await store.findForChange(tx, id)
    if (!row) throw new AppError('not_found')
    return row
  }
  const event = (type: EventType, id: string, changes?: Record<string, unknown>): NewAuditEvent => ({
    type,
    target: { kind: 'identity_provider', id },
    ...(changes && { changes }),
  })
  const claiming = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write
    } catch (error) {
      const index = duplicateIndex(error)
      if (index === undefined) throw error
      throw new AppError('already_exists', {
        detail: index.includes('issuer')
          ? 'There is a provider with this issuer.'
          : 'There is a provider with this id.',
      })
    }
  }
  const sealed = (id: string, secret: string | null) =>
    secret === null ? null : needs.seal(secret, secretContext(id))

  const write = async (
    caller: Caller,
    id: string,
    ifMatch: IfMatch,
    fieldsOf: (current: Provider) => GivenFields,
  ): Promise<VersionedProvider> => {
    const found = await store.find(id)
    if (!found) throw new AppError('not_found')
    const merged = (row: ProviderRow) => {
      const current = providerOf(row)
      const { client_secret: secret, ...given } = fieldsOf(current)
      return { fields: readable({ ...current, ...given }), secret, given }
    }
    const { fields, secret } = merged(found)
    await check(found.kind, fields, secret ?? (found.client_secret === null ? secret : undefined))
    return claiming(
      database.transaction(async (tx) => {
        const current = await hold(tx, id)
        checkIfMatch(ifMatch, current.version)
        const { fields, secret, given } = merged(current)
        await mayGive(tx, caller, fields)
        const row = rowOf(
          {
            ...current,
            version: current.version + 1,
            client_secret: secret === undefined ? current.client_secret : sealed(id, secret),
          },
          fields,
        )
        await store.update(tx, id, row)
        const changed = [...Object.keys(given), ...(secret === undefined ? [] : ['client_secret'])].sort()
        await audit.record(tx, caller, event('identity_provider.updated', id, { fields: changed }))
        return { provider: providerOf(row), version: row.version }
      }),
    )
  }

  return {
    async create(caller: Caller, { id: wanted, kind, ...given }: NewProvider): Promise<VersionedProvider> {
      const { client_secret: secret = null, ...said } = given
      const fields = readable({ ...defaultsOf(kind), ...said })
      const id = wanted ?? kind
      await check(kind, fields, secret)
      const row = rowOf(
        { id, kind, version: 1, created_at: now(), client_secret: sealed(id, secret), enabled_at: null },
        fields,
      )
      await claiming(
        database.transaction(async (tx) => {
          await mayGive(tx, caller, fields)
          if ((await store.list(tx)).length >= maxProviders)
            throw invalidInput([
              { pointer: '', code: 'too_many', detail: `There can be ${maxProviders} providers.` },
            ])
          await store.insert(tx, row)
          await audit.record(tx, caller, event('identity_provider.created', id, { kind }))
        }),
      )
      return { provider: providerOf(row), version: 1 }
    },

    async list(): Promise<Provider[]> {
      return (await store.list()).map(providerOf)
    },

    async get(id: string): Promise<VersionedProvider> {
      const row = await store.find(id)
      if (!row) throw new AppError('not_found')
      return { provider: providerOf(row), version: row.version }
    },

    /** Fields that are left out get their defaults; a secret that is left out is kept. */
    replace: (
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      fields: GivenFields & { client_id: string },
    ): Promise<VersionedProvider> =>
      write(caller, id, ifMatch, ({ kind }) => ({ ...defaultsOf(kind), ...fields })),

    change: (caller: Caller, id: string, ifMatch: IfMatch, fields: GivenFields): Promise<VersionedProvider> =>
      write(caller, id, ifMatch, () => fields),

    /** Identities of the issuer are kept, so that they work again if the provider is registered again. */
    async delete(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      await database.transaction(async (tx) => {
        checkIfMatch(ifMatch, (await hold(tx, id)).version)
        await store.delete(tx, id)
        await audit.record(tx, caller, event('identity_provider.deleted', id))
      })
    },
  }
}

/** The additional authenticated data of the encrypted secret of a provider. */
export function secretContext(id: string): string {
  return `identity_providers ${id}`
}

function readable(fields: ProviderFields): ProviderFields {
  return {
    ...fields,
    issuer: canonicalIssuer(fields.issuer),
    scopes: [...new Set(fields.scopes)],
    domains: [...new Set(fields.domains)],
  }
}
