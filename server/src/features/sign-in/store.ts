import type { Database } from '../../database/database.ts'

type Access = {
  disabled_at: string | null
  deleted_at: string | null
  email_verified_at: string | null
  changed_at: string | null
  roles: string
  must_change_since: string | null
}

/** Reads the columns that decide whether a cached Basic credential is still valid. */
export function createSignInStore({ read, prepare, dialect }: Database) {
  const access = prepare<Access>(
    read
      .selectFrom('users')
      .leftJoin('passwords', 'passwords.user_id', 'users.id')
      .select([
        'users.disabled_at',
        'users.deleted_at',
        'users.email_verified_at',
        'passwords.changed_at',
        'passwords.must_change_since',
      ])
      .select((at) => dialect.allRolesOf(at.ref('users.id')).as('roles'))
      .where('users.id', '=', '')
      .compile(),
  )
  return { findAccess: (userId: string): Promise<Access | undefined> => access(userId) }
}
