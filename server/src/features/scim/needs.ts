/** The functions of other features that SCIM calls. Users and groups apply their own rules to all changes of SCIM. */

import type { Database } from '../../database/database.ts'
import type { Groups } from '../groups/feature.ts'
import type { Users } from '../users/users.ts'
import type { ConnectionNeeds } from './connections/service.ts'
export type ScimNeeds = ConnectionNeeds & {
  database: Database
  publicUrl: string
  /** Whether a user must have an e-mail address. */
  email: 'required' | 'optional'
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  texts: { fold(text: string): string; isUsername(text: string): boolean }
  users: Pick<Users, 'get' | 'findByName' | 'listVersioned' | 'create' | 'patch' | 'delete'>
  groups: Pick<
    Groups,
    'get' | 'list' | 'listOfUser' | 'membershipsOf' | 'listMembers' | 'listChildren' | 'provision' | 'delete'
  >
}
