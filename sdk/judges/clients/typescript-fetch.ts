/** Drives the client that openapi-generator makes for TypeScript. Arguments: URL, username, password of an administrator. */
import { AuthApi, Configuration, type Problem, ResponseError, UsersApi } from './generated/index'

const [basePath, username, password] = process.argv.slice(2) as [string, string, string]

async function refused(call: Promise<unknown>, fault = false): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error
    const problem = (await error.response.json()) as Problem
    console.log(
      'refused',
      error.response.status,
      problem.code + (fault ? ` ${problem.errors?.[0]?.pointer}` : ''),
    )
  }
}

async function drive(): Promise<void> {
  const anonymous = new Configuration({ basePath })
  const { accessToken } = await new AuthApi(anonymous).login({ credentials: { username, password } })
  const users = new UsersApi(new Configuration({ basePath, accessToken }))
  console.log('signed in')
  const ada = { username: 'ada', email: 'ada@example.com', metadata: { plan: 'premium' } }
  const created = await users.createUserRaw({ userCreation: ada })
  const { id, username: name, metadata } = await created.value()
  console.log('created', name, metadata['plan'])
  const [listed] = await users.listUsers({ q: 'ada', limit: 5 })
  console.log('listed', listed?.username)
  const ifMatch = created.raw.headers.get('etag')!
  const changed = await users.changeUser({ id, ifMatch, userPatch: { firstName: 'Ada' } })
  console.log('changed', changed?.firstName, changed?.status)
  await refused(users.changeUser({ id, ifMatch, userPatch: { firstName: 'Eve' } }))
  await refused(users.createUser({ userCreation: ada }))
  await refused(users.createUser({ userCreation: { username: 'eve', email: 'no-address' } }), true)
  console.log('me', (await users.getUser({ id: 'me' })).username)
  await users.deleteUser({ id })
  console.log('deleted')
  await refused(users.getUser({ id }))
  await refused(new UsersApi(anonymous).getUser({ id: 'me' }))
}

void drive()
