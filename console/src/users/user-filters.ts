/** The filters of the list of users in the URL. */
export type UserSearch = {
  q?: string
  status?: string
  role?: string
  group?: string
  verified?: string
  factor?: string
  filter?: string
  sort?: string
}

/** The query of the API for the filters in the URL. */
export function apiQuery({ q, status, role, group, verified, factor, filter }: UserSearch) {
  return {
    q: q?.trim() || undefined,
    status,
    role,
    group,
    email_verified: verified,
    second_factor: factor,
    filter: filter?.trim() || undefined,
  }
}

export const usualSort = '-created_at'
const pageSize = 50

/** The list of users with these filters, for `usePages` and `pagesOf`. */
export function userList(search: UserSearch) {
  const query = { ...apiQuery(search), sort: search.sort ?? usualSort, limit: pageSize }
  return ['users', '/users', query] as const
}

export function isFiltered(search: UserSearch): boolean {
  return Object.values(apiQuery(search)).some((value) => value !== undefined)
}
