import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import fc from 'fast-check'
import { propertySeed as seed } from '../harness/properties.ts'
import { onBothEngines, type Service } from '../harness.ts'
import { createPlace } from './command-line.ts'

const vectors = ['accepted', 'refused'].flatMap((name) =>
  readFileSync(
    join(import.meta.dirname, `../../src/features/passwords/hashes/fixtures/${name}.jsonl`),
    'utf8',
  )
    .trim()
    .split('\n')
    .map((line): { family: string | null; encoded: string } => JSON.parse(line)),
)

/** Texts of other families may be anything: they are no hash wherever they stand. */
const hashes = [
  ...new Set(
    vectors
      .filter(
        ({ family }) =>
          family !== null && !['des-crypt', 'bsdi-crypt', 'django-unusable-password'].includes(family),
      )
      .map(({ encoded }) => encoded),
  ),
].filter((text) => text.length < 1000 && !/[\r\n\0]/.test(text))

const secretNames = [
  ...[
    'password',
    'pass',
    'PWD',
    'pw',
    'user_pass',
    'secret',
    'apiToken',
    'hash',
    'salt',
    'otp',
    'totp_secret',
  ],
  ...['Passwort', 'Kennwort', 'mot de passe', 'contraseña', 'senha', 'hasło', 'パスワード', 'wachtwoord'],
  ...[
    'пароль',
    '密码',
    'pin',
    'api_key',
    'private-key',
    'recovery codes',
    'Geheimnis',
    'clave',
    'security_stamp',
  ],
]
const ordinaryName = fc.stringMatching(/^[a-z]{4,8}$/)

type Secret = { name: string; text: string }

/** A hash under any name, or a plain text under a name that says that it is secret. */
const secret: fc.Arbitrary<Secret> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.oneof(ordinaryName, fc.constantFrom(...secretNames)),
      text: fc.constantFrom(...hashes),
    }),
  },
  // Few, for some become passwords, which cost a hash each.
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.constantFrom(...secretNames),
      text: fc.stringMatching(/^[a-z]{12}$/).map((text) => `hidden-${text}`),
    }),
  },
)

const rows = 40
const sample = (seed: number) =>
  fc.sample(fc.array(secret, { minLength: 2, maxLength: 3 }), { numRuns: rows, seed })

/** Every name is a column; each row fills some of them. */
function csvOf(label: string, people: readonly Secret[][]): string {
  const names = [...new Set(people.flat().map(({ name }) => name))]
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`
  const lines = people.map((secrets, index) => {
    const own = names.map((name) => cell(secrets.find((each) => each.name === name)?.text ?? ''))
    return [`${label}${index}`, `${label}${index}@example.com`, ...own].join(',')
  })
  return [['username', 'email', ...names.map(cell)].join(','), ...lines].join('\n')
}

/** Members of the record, of an object in it, and of JSON text in it. */
function jsonOf(label: string, people: readonly Secret[][]): string {
  const users = people.map((secrets, index) => {
    const members = Object.fromEntries(secrets.map(({ name, text }) => [name, text]))
    return {
      ...{ username: `${label}${index}`, email: `${label}${index}@example.com` },
      ...(index % 3 === 0
        ? members
        : index % 3 === 1
          ? { inner: { list: [members] } }
          : { text: JSON.stringify(members) }),
    }
  })
  return JSON.stringify(users)
}

/** Members under lists and objects, and in JSON text within JSON text. */
function deepOf(label: string, people: readonly Secret[][]): string {
  return people
    .map((secrets, index) => {
      const members = Object.fromEntries(secrets.map(({ name, text }) => [name, text]))
      const hidden =
        index % 2 === 0
          ? { user_metadata: { a: { b: [[{ c: members }], 'x'] } } }
          : { app_metadata: { text: JSON.stringify({ inner: JSON.stringify([members]) }) } }
      const id = { user_id: `auth0|${label}${index}`, email: `${label}${index}@example.com` }
      return JSON.stringify({ ...id, email_verified: true, identities: [], ...hidden })
    })
    .join('\n')
}

/** A dump with a table of users, whose columns have any names. */
function sqlOf(label: string, people: readonly Secret[][]): string {
  const names = [...new Set(people.flat().map(({ name }) => name))].filter((name) => name !== 'password')
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const columns = ['username', 'email', 'password', ...names].map((name) => `\`${name}\``).join(', ')
  const rows = people.map((secrets, index) => {
    const own = names.map((name) => secrets.find((each) => each.name === name)?.text)
    const values = own.map((text) => (text === undefined ? 'NULL' : quoted(text)))
    return `('${label}${index}', '${label}${index}@example.com', NULL, ${values.join(', ')})`
  })
  return `-- MySQL dump 10.13\nINSERT INTO \`people\` (${columns}) VALUES\n${rows.join(',\n')};\n`
}

onBothEngines('secrets in an imported file', (engine) => {
  it(`show in no metadata, log, audit event or plain export (seed ${seed})`, async (t) => {
    const place = await createPlace(engine)
    t.after(place.clear)
    const service: Service = await place.serve()
    const { token } = await service.admin()
    const files = {
      csv: csvOf('c', sample(seed)),
      json: jsonOf('j', sample(seed + 1)),
      keycloak: JSON.stringify({
        realm: 'r',
        users: sample(seed + 2).map((secrets, index) => ({
          ...{ username: `k${index}`, email: `k${index}@example.com`, enabled: true },
          attributes: Object.fromEntries(secrets.map(({ name, text }) => [name, [text]])),
        })),
      }),
    }
    const more = { deep: deepOf('a', sample(seed + 3)), sql: sqlOf('s', sample(seed + 4)) }
    const send = async (type: string, body: string) => {
      const { status, text } = await service.call('POST', '/users/import', {
        as: token,
        headers: { 'content-type': type },
        body,
      })
      assert.equal(status, 200, text)
      return text
    }
    const answers = [
      await send('text/csv', files.csv),
      await send('application/json', files.keycloak),
      await send('application/json', more.deep),
      await send('text/plain', more.sql),
    ]
    assert.match(answers[2]!, /"format":"auth0"/)
    assert.match(answers[3]!, /"format":"sql"/)
    writeFileSync(place.path('users.json'), files.json)
    const { out, err } = await place.run('users', 'import', place.path('users.json'))
    assert.match(out, /imported json/, out + err)
    const shown = async (path: string, accept: string) =>
      (await service.call('GET', path, { as: token, headers: { accept } })).text
    const views = {
      answers: answers.join('\n'),
      'command line': out + err,
      log: JSON.stringify(service.logs()),
      audit: await shown('/audit-events?limit=200', 'application/json'),
      NDJSON: await shown('/users/export', 'application/x-ndjson'),
      CSV: await shown('/users/export', 'text/csv'),
    }
    assert.ok(views.NDJSON.trim().split('\n').length > rows * 3, 'most people are here')
    const texts = [0, 1, 2, 3, 4].flatMap((more) => sample(seed + more).flat()).map(({ text }) => text)
    for (const [name, view] of Object.entries(views))
      for (const text of texts) {
        // The text as in JSON, and as in JSON within JSON.
        const forms = [
          text,
          JSON.stringify(text).slice(1, -1),
          JSON.stringify(JSON.stringify(text)).slice(3, -3),
        ]
        assert.ok(!forms.some((form) => view.includes(form)), `${name} shows ${text}`)
      }
  })
})
