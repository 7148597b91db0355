import { systemCaller } from '../../caller.ts'
import { argument, type Command, type Input, print, textOption, UsageError, withRoster } from '../command.ts'
import { refused, yes } from '../shell/confirm.ts'
import { table } from '../shell/table.ts'
import { findUser } from './find.ts'

export const usersSessions: Command = {
  name: 'users sessions',
  about: 'List the open sessions of a user, or end them',
  positionals: ['USER'],
  options: {
    end: { type: 'string', value: 'ID|all', about: 'end this session, or all of them' },
    ...yes,
  },
  examples: ['alice', 'alice --end all --yes'],
  run: (input) =>
    withRoster(async (place) => {
      const { sessions, account } = place.features
      const { id, username } = await findUser(place, argument(input))
      return listOrEnd(input, `${username} (${id}) in ${place.databaseName}`, {
        open: await sessions.list(systemCaller, id),
        endAll: () => account.endSessions(systemCaller, id, { keepApiKeys: true }),
        endOne: (session) => sessions.endOne(systemCaller, id, session),
      })
    }),
  async remote(input, remote) {
    const { id, username } = await remote.user(argument(input))
    const path = `/users/${id}/sessions`
    return listOrEnd(input, `${username} (${id}) at ${remote.url}`, {
      open: await remote.call<Session[]>('GET', path),
      endAll: () => remote.call('DELETE', `${path}?keep_api_keys=true`),
      endOne: (session) => remote.call('DELETE', `${path}/${session}`),
    })
  },
}

type Session = {
  id: string
  kind: string
  last_seen_at: string
  address: string | null
  user_agent: string | null
}
type Sessions = {
  open: readonly Session[]
  endAll(): Promise<unknown>
  endOne(id: string): Promise<unknown>
}

async function listOrEnd(input: Input, whose: string, { open, endAll, endOne }: Sessions): Promise<number> {
  const end = textOption(input, 'end')
  if (end === undefined) {
    const rows = open.map((each) => [each.id, each.kind, each.last_seen_at, each.address, each.user_agent])
    print(input, open, table(['ID', 'KIND', 'LAST SEEN', 'ADDRESS', 'PROGRAM'], rows))
    return 0
  }
  if (end !== 'all' && !open.some((session) => session.id === end))
    throw new UsageError(`${whose} has no open session ${end}; list them without --end.`)
  const many = end === 'all' ? `all ${open.length} sessions` : `the session ${end}`
  const code = await refused(input, `End ${many} of ${whose}?`)
  if (code !== null) return code
  await (end === 'all' ? endAll() : endOne(end))
  print(input, { ended: end === 'all' ? open.length : 1 }, `ended ${many} of ${whose}`)
  return 0
}
