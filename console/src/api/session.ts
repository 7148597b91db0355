/** The signed-in user and the permissions. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { page } from '../page.ts'
import { call } from './call.ts'
import type { Permission, User } from './types.ts'

/** The policy requires a second factor: until `due_at` the user can add one, after that only this is allowed. */
export type FactorDuty = { due_at: string | null; overdue: boolean }
/** The administrator who acts as the user. */
export type Impersonator = { id: string; username: string }
export type SignedIn = {
  user: User
  permissions: ReadonlySet<Permission>
  duty: FactorDuty
  impersonator: Impersonator | null
}
type Answer = {
  user: User
  permissions: Permission[]
  second_factor: FactorDuty
  must_change_password: boolean
  impersonator: Impersonator | null
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  async queryFn(): Promise<SignedIn> {
    const { data } = await call<Answer>('GET', '/auth/session')
    // The sign-in page shows the form for the new password.
    if (data.must_change_password) goToSignIn()
    const { user, impersonator } = data
    return { user, permissions: new Set(data.permissions), duty: data.second_factor, impersonator }
  },
})

export function useSession(): SignedIn {
  return useSuspenseQuery(sessionQuery).data
}

export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useSession()
  return (permission) => permissions.has(permission)
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/auth/session')
  location.assign(`${page.base}/sign-in?signed_out`)
}

/** Returns to the administrator's own session, and to the page of the user. */
export async function stopActing(userId: string): Promise<void> {
  await call('POST', '/auth/impersonation/stop')
  location.assign(`${page.base}/console/users/${userId}`)
}

/** Opens the sign-in page, which returns to this page. */
export function goToSignIn(): void {
  const here = `${location.pathname}${location.search}`
  location.replace(`${page.base}/sign-in?${new URLSearchParams({ return_to: here })}`)
}
