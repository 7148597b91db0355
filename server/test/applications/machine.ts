/** A program that signs in for itself, by client credentials. */
import assert from 'node:assert/strict'
import type { Permission } from '../../src/caller.ts'
import type { Service } from '../harness.ts'
import { patiently } from './browser.ts'
import { type Registered, register } from './relying-party.ts'

export const registerMachine = (
  service: Service,
  permissions: readonly Permission[],
  fields: object = {},
): Promise<Registered> =>
  register(service, { name: 'Nightly sync', kind: 'machine', redirect_uris: [], permissions, ...fields })

/** A request of the protocol by this application. */
export async function tokenRequest(
  service: Service,
  { client_id, client_secret }: Registered,
  scope: string,
  more: Record<string, string> = {},
  path = '/oauth2/token',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }), ...more })
  const secret = Buffer.from(`${client_id}:${client_secret}`).toString('base64')
  const response = await patiently(service.url + path, {
    method: 'POST',
    headers: { authorization: `Basic ${secret}` },
    body: form,
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

export async function machineToken(
  service: Service,
  application: Registered,
  scope: string,
  more: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await tokenRequest(service, application, scope, more)
  assert.equal(status, 200, JSON.stringify(body))
  return String(body['access_token'])
}
