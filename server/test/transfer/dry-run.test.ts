import assert from 'node:assert/strict'
import { it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { contentOf } from '../cases/table.ts'
import { onBothEngines, password, type Service } from '../harness.ts'

type Row = Record<string, unknown>
type Result = Record<string, unknown> & { row: number; result: string }

const bcrypt = '$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm'
const id = (at: number) => `01890000-0000-7000-8000-${String(at).padStart(12, '0')}`

/** Who is here before: found by id, by external id, by address, and one in the recycle bin. */
const before: Row[] = [
  {
    id: id(1),
    username: 'here-1',
    email: 'here-1@example.com',
    roles: ['admin', 'user'],
    password_hash: bcrypt,
  },
  { id: id(2), username: 'here-2', email: 'here-2@example.com', external_id: 'here-2' },
  { id: id(3), username: 'here-3', email: 'here-3@example.com' },
  { id: id(4), username: 'deleted', email: 'deleted@example.com', external_id: 'deleted' },
  { id: id(5), username: 'here-5', email: 'here-5@example.com', roles: ['admin'], password_hash: bcrypt },
  { id: id(7), username: 'here-7', email: 'here-7@example.com', roles: ['admin'] },
]

/** Rows that meet one another over thousands of others. */
function file(): Row[] {
  const rows: Row[] = []
  const filler = (count: number) => {
    for (const until = rows.length + count; rows.length < until; )
      rows.push({ username: `filler-${rows.length}`, email: `filler-${rows.length}@example.com` })
  }
  rows.push(
    { id: id(100), username: 'first', email: 'first@example.com', external_id: 'first' },
    { username: 'second', email: 'Second@example.com', password_hash: bcrypt },
    { email: 'ann@one.example.com' },
    { username: 'broken', email: 'later@example.com', password_hash: 'd41d8cd98f00b204e9800998ecf8427e' },
    { id: id(2), username: 'moved-2', email: 'moved-2@example.com', external_id: 'moved-2' },
    { external_id: 'new-3', username: 'here-3', email: 'here-3@example.com' },
    { id: id(1), username: 'here-1', email: 'here-1@example.com', roles: ['user'] },
  )
  filler(2500)
  rows.push(
    { id: id(100), username: 'first-again', email: 'first-again@example.com' },
    { username: 'second-by-address', email: 'second@EXAMPLE.com', first_name: 'Other' },
    { external_id: 'first', username: 'first-by-external-id', email: 'x@example.com' },
    { username: 'FIRST', email: 'taken-username@example.com' },
    { email: 'ann@two.example.com' },
    { username: 'later', email: 'later@example.com' },
    { username: 'here-2', email: 'here-2@example.com', external_id: 'here-2' },
    { id: id(2), username: 'here-2-again', email: 'here-2-again@example.com' },
    { id: id(3), username: 'here-3', email: 'here-3@example.com', first_name: 'By id' },
    { id: id(4), username: 'not-free', email: 'not-free@example.com' },
    { username: 'deleted', email: 'deleted@example.com', external_id: 'deleted' },
    { id: id(5), username: 'here-5', email: 'here-5@example.com', roles: [] },
    { id: id(7), username: 'here-7', email: 'here-7@example.com', status: 'disabled' },
    {
      id: id(6),
      username: 'new-admin',
      email: 'new-admin@example.com',
      roles: ['admin'],
      password_hash: bcrypt,
    },
  )
  filler(1500)
  rows.push(
    { email: 'ann@three.example.com' },
    { username: 'ann', email: 'ann@four.example.com' },
    { username: 'moved-2', email: 'somebody@example.com' },
    { username: 'somebody-2', email: 'moved-2@example.com' },
    { username: 'somebody-3', email: 'somebody-3@example.com', external_id: 'moved-2' },
    { username: 'filler-100', email: 'not-filler@example.com' },
    { username: 'plain', email: 'plain@example.com', password },
    { id: id(6), username: 'new-admin', email: 'new-admin@example.com', status: 'disabled' },
  )
  filler(900)
  rows.push({ id: id(5), username: 'here-5', email: 'here-5@example.com', roles: [] })
  return rows
}

onBothEngines('a dry run of an import', (engine) => {
  const start = async () => {
    const service = await engine.start()
    await importRows(service, before, { batchRows: 100 })
    await service.roster.users.delete(systemCaller, id(4), null, undefined)
    return service
  }

  for (const mode of ['create', 'upsert'] as const) {
    it(`reports what the import then reports, wherever its batches end (${mode})`, async () => {
      const rows = file()
      const service = await start()
      const content = await contentOf(service)
      const dry = await importRows(service, rows, { mode, dryRun: true, batchRows: 700 })
      assert.equal(await contentOf(service), content, 'it writes nothing')
      const real = await importRows(service, rows, { mode, batchRows: 100 })
      assert.deepEqual(dry.map(withoutNewId), real.map(withoutNewId))

      const other = await start()
      const again = await importRows(other, rows, { mode, batchRows: 1000 })
      assert.deepEqual(again.map(withoutNewId), real.map(withoutNewId))
      assert.deepEqual(summary(real), expected[mode])
    })
  }
})

/** What becomes of the rows that are no fillers. */
const expected = {
  create: [
    'created',
    'created',
    'created',
    '/password_hash unsupported_hash',
    'already_exists',
    'already_exists',
    'already_exists',
    '/id already_exists',
    '/email email_taken',
    '/external_id external_id_taken',
    '/username username_taken',
    'created',
    'created',
    '/external_id external_id_taken',
    '/id already_exists',
    '/id already_exists',
    '/id already_exists',
    'created',
    'already_exists',
    'already_exists',
    'created',
    'created',
    '/username username_taken',
    'created',
    '/email email_taken',
    '/external_id external_id_taken',
    '/username username_taken',
    'created',
    '/id already_exists',
    '/id already_exists',
  ],
  upsert: [
    'created',
    'created',
    'created',
    '/password_hash unsupported_hash',
    'updated',
    'updated',
    'updated',
    '/id already_exists',
    '/email email_taken',
    '/external_id external_id_taken',
    '/username username_taken',
    'created',
    'created',
    'created',
    '/id already_exists',
    '/id already_exists',
    '/id already_exists',
    'created',
    ' last_admin',
    'updated',
    'created',
    'created',
    '/username username_taken',
    '/username username_taken',
    '/email email_taken',
    '/external_id external_id_taken',
    '/username username_taken',
    'created',
    '/id already_exists',
    'updated',
  ],
}

function summary(results: Result[]): string[] {
  const rows = file()
  return results
    .filter(
      (_, at) =>
        !String(rows[at]?.['username']).startsWith('filler-') ||
        rows[at]?.['email'] === 'not-filler@example.com',
    )
    .map(({ result, reason, errors }) => {
      const [fault] = (errors ?? []) as { pointer: string; code: string }[]
      return String(fault ? `${fault.pointer} ${fault.code}` : (reason ?? result))
    })
}

async function importRows(
  service: Service,
  rows: Row[],
  options: { mode?: 'create' | 'upsert'; dryRun?: boolean; batchRows: number },
): Promise<Result[]> {
  const { transfer } = service.roster
  async function* body() {
    yield Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
  const all: Result[] = []
  const request = { mode: 'create', dryRun: false, ...options } as const
  for await (const batch of transfer.import(systemCaller, body(), transfer.formatNamed('roster')!, request))
    all.push(...(batch as unknown as Result[]))
  assert.equal(all.length, rows.length)
  return all
}

/** New users get new ids. */
function withoutNewId({ id, source, ...result }: Result): object {
  return result.result === 'created' ? result : { ...result, id }
}
