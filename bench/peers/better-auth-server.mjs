// A service with Better Auth on SQLite, for the comparison. Its packages are in the folder BETTER_AUTH.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

const { resolve } = createRequire(join(process.env.BETTER_AUTH, 'package.json'))
const load = (name) => import(pathToFileURL(resolve(name)).href)
const { betterAuth } = await load('better-auth')
const { getMigrations } = await load('better-auth/db/migration')
const { toNodeHandler } = await load('better-auth/node')
const { admin, bearer } = await load('better-auth/plugins')

const database = new DatabaseSync(process.env.DATABASE)
database.exec('pragma journal_mode = wal')
const options = {
  database,
  baseURL: `http://127.0.0.1:${process.env.PORT}`,
  secret: 'a secret of the bench that is long enough',
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  plugins: [admin(), bearer()],
}
await (await getMigrations(options)).runMigrations()
const auth = betterAuth(options)
createServer(toNodeHandler(auth)).listen(Number(process.env.PORT), '127.0.0.1')
