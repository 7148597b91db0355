/** The security scheme for programs without a user: OAuth 2 client credentials, with permissions as scopes. */
import { permissions } from '../../caller.ts'
import type { Access } from '../admission/access.ts'

export function machineScheme(publicUrl: string) {
  return {
    type: 'oauth2',
    description: 'A `machine` application that acts for itself, with the permissions that it was given.',
    flows: {
      clientCredentials: {
        tokenUrl: `${publicUrl}/oauth2/token`,
        scopes: Object.fromEntries(permissions.map((name) => [name, `The permission ${name}`])),
      },
    },
  }
}

/** One alternative for each sufficient permission. */
export function machineSecurity(access: Access): { client_credentials: string[] }[] {
  if (access === 'public') return []
  if (access === 'signed_in') return [{ client_credentials: [] }]
  const enough = typeof access === 'object' && 'or' in access ? access.or : access
  return [enough].flat().map((permission) => ({ client_credentials: [permission] }))
}
