import { systemCaller } from '../../caller.ts'
import { type Command, print, textOption, UsageError, withRoster } from '../command.ts'
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
      const { id, username } = await findUser(place, input.positionals[0]!)
      const open = await sessions.list(systemCaller, id)
      const end = textOption(input, 'end')
      if (end === undefined) {
        const rows = open.map((each) => [
          each.id,
          each.kind,
          each.last_seen_at,
          each.address,
          each.user_agent,
        ])
        print(input, open, table(['ID', 'KIND', 'LAST SEEN', 'ADDRESS', 'PROGRAM'], rows))
        return 0
      }
      if (end !== 'all' && !open.some((session) => session.id === end))
        throw new UsageError(`${username} has no open session ${end}; list them without --end.`)
      const many = end === 'all' ? `all ${open.length} sessions` : `the session ${end}`
      const code = await refused(input, `End ${many} of ${username} in ${place.databaseName}?`)
      if (code !== null) return code
      if (end === 'all') await account.endSessions(systemCaller, id, true)
      else await sessions.endOne(systemCaller, id, end)
      print(input, { ended: end === 'all' ? open.length : 1 }, `ended ${many} of ${username} (${id})`)
      return 0
    }),
}
