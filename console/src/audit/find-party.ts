/** What a name in the filters of the audit log stands for. */
import { call } from '../api/call.ts'
import { type Page, readPage } from '../api/pages.ts'
import type { Application, Group, Permission, Role } from '../api/types.ts'

export type Found = { id: string; name: string }
type May = (permission: Permission) => boolean

export const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** One user by username or address, also in the recycle bin. */
export async function findUser(name: string): Promise<Found | undefined> {
  const text = JSON.stringify(name)
  const filter = `username eq ${text} or email eq ${text}`
  for (const deleted of [undefined, true]) {
    const query = { filter, fields: 'id,username', limit: 1, ...(deleted && { deleted }) }
    const { data } = await call<{ id: string; username: string }[]>('GET', '/users', { query })
    if (data[0]) return { id: data[0].id, name: data[0].username }
  }
  return undefined
}

/** A user, role, group or application with this name, in this order, as far as the person may read them. */
export async function findParty(name: string, may: May): Promise<Found | undefined> {
  const user = may('users:read') ? await findUser(name) : undefined
  return (
    user ??
    (may('roles:read') ? await findRole(name) : undefined) ??
    (may('groups:read') ? await findGroup(name) : undefined) ??
    (may('applications:read') ? await findApplication(name) : undefined)
  )
}

/** The id of a role is its name. */
async function findRole(name: string): Promise<Found | undefined> {
  const { data } = await call<Role[]>('GET', '/roles')
  const role = data.find((each) => each.name === name.toLowerCase())
  return role && { id: role.name, name: role.name }
}

async function findGroup(name: string): Promise<Found | undefined> {
  const { data } = await call<Group[]>('GET', '/groups', { query: { name, limit: 1 } })
  return data[0]
}

async function findApplication(name: string): Promise<Found | undefined> {
  const wanted = name.toLowerCase()
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = { limit: 200, cursor: cursor || undefined }
    const page: Page<Application> = await readPage('/applications', query)
    const found = page.items.find((each) => each.name.toLowerCase() === wanted)
    if (found) return { id: found.client_id, name: found.name }
    cursor = page.next
  }
  return undefined
}
