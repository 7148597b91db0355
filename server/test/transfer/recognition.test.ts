import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { patiently } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

// biome-ignore lint/suspicious/noExplicitAny: results of every shape
type Line = any

onBothEngines('a file that is imported without naming its format', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const send = async (type: string, body: string | Buffer, query = '') => {
    const ask = () =>
      fetch(`${service.url}/users/import${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.token}`, 'content-type': type },
        body: body as Uint8Array<ArrayBuffer>,
      })
    const response = await patiently(ask)
    const text = await response.text()
    return { status: response.status, text }
  }
  const importFile = async (type: string, body: string | Buffer, query = '') => {
    const { status, text } = await send(type, body, query)
    assert.equal(status, 200, text)
    const lines: Line[] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return { rows: lines.slice(0, -1), summary: lines.at(-1).summary }
  }
  const find = async (username: string) =>
    (await service.call('GET', `/users?username=${username}`, { as: admin.token })).body[0]

  it('is a JSON export of another system, also in gzip', async () => {
    const realm = (name: string) =>
      JSON.stringify({
        realm: 'r',
        users: [{ username: name, email: `${name}@example.com`, enabled: false }],
      })
    const plain = await importFile('application/json', realm('kc-plain'))
    assert.deepEqual([plain.summary.format, plain.summary.created], ['keycloak', 1])
    assert.deepEqual(plain.summary.columns, { username: 'username', email: 'email', enabled: 'status' })
    await importFile('application/gzip', gzipSync(realm('kc-packed')))
    for (const name of ['kc-plain', 'kc-packed']) assert.equal((await find(name))?.status, 'disabled', name)
  })

  it('is a plain CSV, even if it resembles exports of other systems', async () => {
    const csv = [
      'login,firstName,lastName,email,active,password_hasher,emailVerified,realm',
      'gen-a,Ann,Bee,gen-a@example.com,no,bcrypt,yes,x',
    ].join('\n')
    const { summary } = await importFile('text/csv', csv)
    assert.deepEqual([summary.format, summary.created], ['csv', 1])
    const { status, email_verified, first_name } = await find('gen-a')
    assert.deepEqual([status, email_verified, first_name], ['disabled', true, 'Ann'])
  })

  it('is CSV in UTF-16 with headers of another language', async () => {
    const csv =
      'sep=;\r\nBenutzername;E-Mail;Vorname;Nachname;Aktiv;Erstellt am\r\nuwe;uwe@example.com;Uwe;Groß;nein;24.12.2023\r\n'
    const { summary } = await importFile('text/csv', Buffer.from(`\ufeff${csv}`, 'utf16le'))
    assert.equal(summary.columns['Erstellt am'], 'created_at')
    const { status, last_name, created_at } = await find('uwe')
    assert.deepEqual([status, last_name, created_at], ['disabled', 'Groß', '2023-12-24T00:00:00.000Z'])
  })

  it('is refused when it looks like two formats, until one is named', async () => {
    const both = JSON.stringify([
      { localId: 'L1', email: 'both@example.com', raw_user_meta_data: {}, username: 'both' },
    ])
    const { status, text } = await send('application/json', both)
    assert.equal(status, 400)
    assert.match(text, /looks like (firebase|supabase) and like (firebase|supabase)/)
    const { summary } = await importFile('application/json', both, '?from=supabase')
    assert.equal(summary.created, 1)
  })

  it('is refused when it looks like none, or when there is no such format', async () => {
    assert.match((await send('application/json', '{"a":1}')).text, /format of the file is not known/)
    assert.match((await send('text/csv', 'username\na', '?from=nis')).text, /There is no format nis/)
    assert.match(
      (await send('application/gzip', gzipSync('username\na').subarray(0, 20))).text,
      /gzip file is damaged/,
    )
  })

  it('has its columns read as the caller says', async () => {
    const query = `?map=${encodeURIComponent('Kennung=username,Adresse=email,Ort=metadata.city,x=-')}`
    const { summary } = await importFile(
      'text/csv',
      'Kennung,Adresse,Ort,x,y\nmapped,mapped@example.com,Lund,1,2\n',
      query,
    )
    assert.deepEqual(summary.columns, {
      Kennung: 'username',
      Adresse: 'email',
      Ort: 'metadata.city',
      x: 'left out',
      y: 'metadata.y',
    })
    assert.deepEqual((await find('mapped')).metadata, { city: 'Lund', y: '2' })
    const realm = JSON.stringify({
      realm: 'r',
      users: [{ username: 'map-kc', email: 'map-kc@example.com', nick: 'N' }],
    })
    await importFile('application/json', realm, '?map=nick%3Dfirst_name')
    assert.equal((await find('map-kc')).first_name, 'N')
  })

  it('is refused when the map is wrong, and nothing is imported', async () => {
    const csv = 'username,email\nmap-none,map-none@example.com\n'
    const wrong = [
      'a',
      'a=',
      'username=nothing',
      'username=metadata.__proto__.x',
      'username=email,email=email',
    ]
    for (const map of wrong) {
      const { status, text } = await send('text/csv', csv, `?map=${encodeURIComponent(map)}`)
      assert.equal(status, 400, text)
    }
    const { rows } = await importFile('text/csv', csv, '?map=gone%3Demail')
    assert.match(rows[0].errors[0].detail, /no column gone; there are username, email/)
    assert.equal(await find('map-none'), undefined)
  })

  it('gives usernames that cannot be one here a readable form', async () => {
    const names = ['jane doe', "o'brien", 'user+tag', 'DOMAIN\\carl', 'root@corp.example', 'x'.repeat(70)]
    const rows = names.map((name, at) => `"${name}",odd-${at}@example.com`)
    const { summary, rows: results } = await importFile('text/csv', ['username,email', ...rows].join('\n'))
    assert.equal(summary.created, names.length)
    for (const { notes } of results) assert.match(notes.join(), /previous_username/)
    const wanted = ['jane-doe', 'obrien', 'user-tag', 'DOMAIN-carl', 'user-root', 'x'.repeat(56)]
    for (const [at, username] of wanted.entries())
      assert.deepEqual((await find(username))?.metadata, { previous_username: names[at] }, username)
  })
})
