/**
 * The yardstick for access tokens: reads of users by id that let everybody pass without a look. The whole service runs
 * beside it and is not asked, so that the process has the same to carry.
 */
import { createRoster } from '../server/src/app.ts'
import { systemCaller } from '../server/src/caller.ts'
import { readConfig } from '../server/src/config.ts'
import { createIdempotency } from '../server/src/features/idempotency/service.ts'
import { userRoutes } from '../server/src/features/users/routes.ts'
import { createPages } from '../server/src/http/pagination.ts'
import { createHttpServer } from '../server/src/http/server.ts'
import { createLog } from '../server/src/log/log.ts'
import { deriveKeys, loadSecretKey } from '../server/src/secret-key.ts'

const config = readConfig()
const log = createLog(config.logLevel)
const keys = deriveKeys(loadSecretKey(config).bytes)
const roster = createRoster(config, log)
await roster.prepare()
await roster.start()
const userId = process.env['USER_ID'] ?? ''

const app = createHttpServer(
  { ...config, version: 'bench' },
  {
    bearer: (_, origin) => ({ ...systemCaller, kind: 'user', userId, authMethods: ['token'], ...origin }),
    basic: () => Promise.reject(new Error('not measured')),
    prove: async () => {},
    ready: async () => {},
    idempotency: createIdempotency({ ...keys, database: roster.database, key: keys.idempotency }),
  },
  log,
)
userRoutes(roster.users, createPages(keys.cursors, config.publicUrl))(app)
await app.listen({ host: config.host, port: config.port })
process.on('SIGTERM', () => process.exit())
