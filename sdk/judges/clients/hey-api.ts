/** Drives the client that @hey-api/openapi-ts makes. Arguments: URL, username and password of an administrator. */
import { changeUser, createUser, deleteUser, getUser, listUsers, login, type Problem } from './generated'
import { client } from './generated/client.gen'

const [baseUrl, username, password] = process.argv.slice(2) as [string, string, string]

type Answer = { error?: Problem | undefined; response?: Response | undefined }

function refused({ error, response }: Answer, fault = false): void {
  console.log('refused', response?.status, error?.code + (fault ? ` ${error?.errors?.[0]?.pointer}` : ''))
}

async function drive(): Promise<void> {
  client.setConfig({ baseUrl })
  const tokens = await login({ body: { username, password } })
  client.setConfig({
    baseUrl,
    auth: ({ scheme }) => (scheme === 'bearer' ? tokens.data?.access_token : undefined),
  })
  console.log('signed in')
  const ada = { username: 'ada', email: 'ada@example.com', metadata: { plan: 'premium' } }
  const created = await createUser({ body: ada })
  console.log('created', created.data?.username, created.data?.metadata['plan'])
  const listed = await listUsers({ query: { q: 'ada', limit: 5 } })
  console.log('listed', listed.data?.[0]?.username)
  const path = { id: created.data!.id }
  const headers = { 'If-Match': created.response!.headers.get('etag')! }
  const changed = await changeUser({ path, headers, body: { first_name: 'Ada' } })
  const user = changed.data as { first_name: string; status: string }
  console.log('changed', user.first_name, user.status)
  refused(await changeUser({ path, headers, body: { first_name: 'Eve' } }))
  refused(await createUser({ body: ada }))
  refused(await createUser({ body: { username: 'eve', email: 'no-address' } }), true)
  console.log('me', (await getUser({ path: { id: 'me' } })).data?.username)
  await deleteUser({ path })
  console.log('deleted')
  refused(await getUser({ path }))
  client.setConfig({ baseUrl, auth: () => undefined })
  refused(await getUser({ path: { id: 'me' } }))
}

void drive()
