/** Checks the rules of a connection. */
import type { Caller } from '../../../caller.ts'
import { AppError } from '../../../errors.ts'
import type { Rules } from './connection.ts'
import type { Report } from './request-log.ts'

/** The caller of a request, the rules of the connection, and the record of the request. */
export type Actor = {
  caller: Caller
  connectionId: string | null
  rules: Rules
  report: Report
}

/** @throws forbidden when the connection may change only users that it created */
export function needUser({ rules, connectionId }: Actor, owner: string | null | undefined): void {
  if (rules.existing_users === 'refuse' && (owner == null || owner !== connectionId))
    throw new AppError('forbidden', {
      detail: 'This connection may change only users that it created.',
    })
}

/** @throws forbidden when the connection may not create groups */
export function needNewGroup({ rules }: Actor): void {
  if (rules.groups === 'chosen')
    throw new AppError('forbidden', { detail: 'This connection may change only chosen groups.' })
}

/** @throws forbidden when the connection may not change this group */
export async function needGroup(
  { rules, connectionId }: Actor,
  groupId: string,
  ownerOf: (groupId: string) => Promise<string | undefined>,
): Promise<void> {
  if (rules.groups === 'all') return
  const isAllowed =
    rules.groups === 'chosen'
      ? rules.group_ids.includes(groupId)
      : (await ownerOf(groupId)) === connectionId && connectionId !== null
  if (isAllowed) return
  throw new AppError('forbidden', {
    detail:
      rules.groups === 'chosen'
        ? 'This connection may change only chosen groups.'
        : 'This connection may change only groups that it created.',
  })
}
