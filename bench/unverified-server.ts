/** The yardstick for access tokens: the same service reading users by id, which lets everybody pass without a look. */
import { systemCaller } from '../server/src/caller.ts'
import { readConfig } from '../server/src/config.ts'
import { openDatabase } from '../server/src/database/database.ts'
import { userRoutes } from '../server/src/features/users/routes.ts'
import { createFeatures } from '../server/src/features.ts'
import { createPages } from '../server/src/http/pages.ts'
import { createHttpServer } from '../server/src/http/server.ts'
import { createLog } from '../server/src/log.ts'
import { deriveKeys, loadSecretKey } from '../server/src/secret-key.ts'

const config = readConfig()
const log = createLog(config.logLevel)
const keys = deriveKeys(loadSecretKey(config))
const database = openDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize })
const { idempotency, users } = createFeatures({ config, log, database, keys })
const userId = process.env['USER_ID'] ?? ''

const app = createHttpServer(
  { ...config, version: 'bench' },
  {
    bearer: (_, origin) => ({ ...systemCaller, kind: 'user', userId, authMethods: ['token'], ...origin }),
    basic: () => Promise.reject(new Error('not measured')),
    ready: async () => {},
    idempotency,
  },
  log,
)
userRoutes(users, createPages(keys.cursors))(app)
await app.listen({ host: config.host, port: config.port })
