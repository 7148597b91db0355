import { Type } from 'typebox'
import type { App } from '../../http/types.ts'
import type { Statistics } from './feature.ts'

const Count = Type.Integer({ minimum: 0 })
const Day = Type.String({ format: 'date', description: 'A day in UTC.' })

const StatisticsShape = Type.Object(
  {
    at: Type.String({ format: 'date-time' }),
    users: Type.Object({
      total: Type.Integer({ minimum: 0, description: 'All users who are not in the recycle bin.' }),
      active: Count,
      disabled: Count,
      unverified: Type.Integer({ minimum: 0, description: 'Users whose e-mail address is not verified.' }),
      deleted: Type.Integer({ minimum: 0, description: 'Users in the recycle bin.' }),
    }),
    days: Type.Array(
      Type.Object({
        day: Day,
        created: Type.Integer({ minimum: 0, description: 'Users created on this day.' }),
        sign_ins: Type.Integer({ minimum: 0, description: 'Sessions opened on this day.' }),
        active: Type.Integer({ minimum: 0, description: 'Users who signed in on this day.' }),
      }),
      { description: 'The oldest day first; the last one is today.' },
    ),
    installation: Type.Object({
      mail: Type.Boolean({ description: 'Whether a mail server is set.' }),
      administrators: Type.Integer({ minimum: 0, description: 'Active administrators.' }),
      applications: Type.Boolean({ description: 'Whether an application is registered.' }),
    }),
  },
  { $id: 'Statistics', title: 'Statistics' },
)

export const statisticsRoutes = (statistics: { read(days: number): Promise<Statistics> }) => (app: App) => {
  app.get(
    '/statistics',
    {
      config: { access: 'users:read' },
      schema: {
        operationId: 'getStatistics',
        tags: ['statistics'],
        summary: 'Read how many users there are and what happened on the last days',
        description: 'Read from counters, so that it is cheap at any number of users. Days are in UTC.',
        querystring: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })) }),
        response: { 200: StatisticsShape },
      },
    },
    (request) => statistics.read(request.query.days ?? 30),
  )
}
