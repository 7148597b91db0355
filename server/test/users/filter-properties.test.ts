import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { systemCaller } from '../../src/caller.ts'
import { evaluateFilter } from '../../src/features/users/filter/evaluate.ts'
import { type Filter, filterLimits } from '../../src/features/users/filter/filter.ts'
import { parseFilter } from '../../src/features/users/filter/parse.ts'
import { printFilter } from '../../src/features/users/filter/test-print.ts'
import { sortFields } from '../../src/features/users/list/user-query.ts'
import type { User } from '../../src/features/users/user.ts'
import { runs } from '../harness/properties.ts'
import { onBothEngines, type Service } from '../harness.ts'

const orders = sortFields.flatMap((field) => [field, `-${field}`])

/** Users that are hard to compare. */
const nasty = [
  {
    username: 'ada',
    email: 'Ada@ü.de',
    first_name: 'Ada',
    metadata: { n: 3, s: 'Blue', t: true, deep: { a: { b: 'x' } } },
    profile: { s: ['Blue', 'x'], n: 3 },
  },
  {
    username: 'ÉMILE',
    email: 'emile@example.com',
    first_name: 'E\u0301mile',
    last_name: 'É',
    metadata: { n: -0.5, s: '', t: false },
    profile: { s: 'Blue', deep: { a: 3 } },
  },
  {
    username: 'straße',
    email: 'strasse@xn--tda.de',
    first_name: 'ẞ',
    last_name: 'SS',
    metadata: { n: '3', s: null, t: 'true' },
  },
  {
    username: 'a_b',
    email: 'a%b@example.com',
    first_name: '100%',
    last_name: '_',
    metadata: { n: 1e21, s: '100%', t: 1 },
  },
  {
    username: 'a.b',
    email: "o'b@example.com",
    first_name: "o'\\hara",
    last_name: '"',
    metadata: { n: [3], s: ['Blue'], t: { a: 1 } },
  },
  {
    username: 'İstanbul',
    email: 'i@example.com',
    first_name: 'ı',
    last_name: 'I',
    metadata: { s: 'blue', deep: { a: 'x' } },
  },
  {
    username: '\u{10450}x',
    email: 'deseret@example.com',
    first_name: '\u{1f600}',
    last_name: '\uffee',
    metadata: { s: '\u{1f600}', n: 0, deep: { a: { b: 3 } } },
  },
  {
    username: '007',
    email: 'n@example.com',
    external_id: 'X-1',
    metadata: { 0: 'zero', s: '\uffee', deep: [{ a: 1 }] },
  },
  {
    username: 'Z',
    email: 'z@example.com',
    external_id: 'x-1',
    status: 'disabled',
    email_verified: true,
    metadata: { n: 3.0000001, s: 'Blue ', t: [true] },
  },
  { username: 'aa', email: 'aa@example.com', roles: [], metadata: { n: 9007199254740991, deep: null } },
  { username: 'both', email: 'both@example.com', roles: ['admin', 'user'], external_id: 'é', metadata: {} },
  { username: 'e', email: 'e@example.com', external_id: 'e\u0301', metadata: { s: 'a\nb', n: 1e-7, '': 1 } },
  { username: 'bare', email: null, metadata: {} },
  { username: 'bare-2', email: null, status: 'disabled', metadata: {} },
]

const texts = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'A',
    'ada',
    'É',
    'e\u0301',
    'ß',
    'ss',
    'SS',
    'ı',
    'İ',
    '%',
    '_',
    '\\',
    "'",
    '"',
    '\u{1f600}',
    '\uffee',
  ),
  fc.constantFrom(
    'Blue',
    'blue',
    'x',
    '3',
    'true',
    'user',
    'admin',
    'X-1',
    'x-1',
    '100%',
    '@',
    'ü.de',
    '.com',
    '007',
    'a\nb',
  ),
  fc.string({ unit: 'grapheme', maxLength: 2 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text)),
)
const numbers = fc.constantFrom(3, 0, -0.5, 1e21, 1e-7, 3.0000001, 9007199254740991, 1, -1, 100)
const json = (value: unknown) => JSON.stringify(value)
const word = <T>(...of: T[]) => fc.constantFrom(...of)

const textual = fc
  .tuple(
    word('username', 'email', 'first_name', 'last_name', 'external_id', 'id'),
    word('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
    texts.map(json),
  )
  .map((parts) => parts.join(' '))
const ofRoles = fc
  .tuple(word('roles'), word('eq', 'ne', 'co', 'sw', 'ew'), texts.map(json))
  .map((parts) => parts.join(' '))
const flags = word(
  'email_verified eq true',
  'email_verified ne true',
  'email_verified eq false',
  'active eq true',
  'status eq "disabled"',
  'status ne "disabled"',
)
const instants = fc
  .tuple(
    word('created_at', 'updated_at', 'last_login_at'),
    word('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
    word(
      '"2020-01-01T00:00:00Z"',
      '"2020-01-01T00:00:00.001Z"',
      '"2019-12-31T23:59:59.999-00:30"',
      '"1970-01-01T00:00:00Z"',
      '"2126-01-01T00:00:00+01:00"',
      '"{at}"',
    ),
  )
  .map((parts) => parts.join(' '))
const paths = word(
  'n',
  's',
  't',
  'deep',
  'deep.a',
  'deep.a.b',
  'missing',
  '0',
  'n.0',
  'deep.0.a',
  'constructor',
  'N',
)
const inJson = fc
  .tuple(
    word('metadata', 'profile'),
    paths,
    word('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
    fc.oneof(texts, numbers, fc.boolean()).map(json),
  )
  .map(([field, path, op, value]) => `${field}.${path} ${op} ${value}`)
const present = fc
  .tuple(
    word(
      'email',
      'first_name',
      'external_id',
      'roles',
      'last_login_at',
      'id',
      'metadata.s',
      'metadata.n',
      'profile.s',
      'metadata.deep.a',
    ),
    word('pr', 'eq null', 'ne null'),
  )
  .map((parts) => parts.join(' '))

const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(textual, ofRoles, flags, instants, inJson, present),
    fc.tuple(tie('source'), word('and', 'or'), tie('source')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    tie('source').map((inner) => `not (${inner})`),
  ),
}))

/** The filter, or undefined for one that the grammar refuses: a number with `co`, a text that is too long. */
function parsed(text: string): Filter | undefined {
  try {
    return parseFilter(text)
  } catch {
    return undefined
  }
}

/** Names that differ in nothing but case, accents, width, or a letter more; some that look like another kind of value. */
const hardWords = [
  ...[
    'a',
    'A',
    'aa',
    'a_',
    'a%',
    'a.b',
    'a-b',
    'b',
    'z',
    'Z',
    'ss',
    'ß',
    'ẞ',
    'é',
    'É',
    'e\u0301',
    'ñ',
    'ı',
    'İ',
    'i',
  ],
  ...[
    '0',
    '007',
    '1e3',
    'true',
    'null',
    'user',
    'admin',
    '\uffee',
    '\u{1f600}',
    '\u{10450}',
    '\u{10ffff}x',
    'x\u{10450}',
  ],
]
const hardWord = fc.constantFrom(...hardWords)
const somewhere = fc.constantFrom(
  '2020-01-01T00:00:00.000Z',
  '2020-01-01T00:00:00.001Z',
  '2019-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2026-02-28T12:00:00.000Z',
)
const hardMember = fc.oneof(
  hardWord,
  fc.constantFrom(3, 0, -0.5, 1e21, 1e-7, 3.0000001, 9007199254740991, -1, 100),
  fc.constantFrom(true, false, null, '', '3', 'Blue', 'blue', 'x', 'a\nb'),
  fc.constantFrom(
    [],
    ['Blue'],
    [3],
    ['x', 'Blue', 3],
    [null],
    [''],
    [true, [3]],
    [{ a: 'x' }],
    {},
    { a: 'x' },
    { a: { b: 'x' } },
    { a: { b: 3 } },
    { b: null },
  ),
)
const row = fc.record(
  {
    username: fc.tuple(hardWord, hardWord, fc.nat(9)).map((words) => words.join('')),
    email: fc
      .tuple(
        fc.constantFrom('a', 'A', 'z', '0', 'a%b', 'a_b', "o'b", 'ß'),
        fc.nat(99),
        word('ü.de', 'xn--tda.de', 'Example.com', 'example.org'),
      )
      .map(([start, middle, host]) => (middle < 10 ? null : `${start}${middle}@${host}`)),
    first_name: fc.option(hardWord),
    last_name: fc.option(
      fc.tuple(hardWord, word('', ' ', '%', '\\', "'", '"'), hardWord).map((parts) => parts.join('')),
    ),
    external_id: fc.option(fc.tuple(hardWord, hardWord).map((words) => words.join(':'))),
    email_verified: fc.boolean(),
    status: fc.constantFrom('active', 'active', 'disabled'),
    roles: fc.constantFrom([], ['user'], ['admin'], ['admin', 'user']),
    created_at: somewhere,
    updated_at: somewhere,
    last_login_at: fc.option(somewhere),
    metadata: fc.dictionary(word('n', 's', 't', 'deep', '0', '', 'N', 'constructor'), hardMember, {
      maxKeys: 4,
    }),
  },
  { requiredKeys: ['username', 'email'] },
)
/** The same users in every run. */
const crowd = fc.sample(row, { numRuns: 800, seed: 20_26 })

onBothEngines('filters', (engine) => {
  let service: Service
  let everyone: User[]
  before(async () => {
    service = await engine.start({ ROSTER_EMAIL: 'optional' })
    for (const fields of nasty)
      await service.roster.users.create(systemCaller, { roles: ['user'], ...fields } as never)
    await service.createUser({ username: 'signed-in' })
    await importCrowd()
    everyone = []
    for await (const users of service.roster.users.walkShown(systemCaller, {})) everyone.push(...users)
    assert.ok(everyone.length > 300, `${everyone.length} users`)
  })

  /** Names that are taken or refused are left out. */
  const importCrowd = async () => {
    const { transfer } = service.roster
    async function* body() {
      yield Buffer.from(crowd.map((each) => `${JSON.stringify(each)}\n`).join(''))
    }
    const request = { mode: 'create', dryRun: false, batchRows: 100 } as const
    for await (const _ of transfer.import(systemCaller, body(), transfer.formatNamed('roster')!, request));
  }

  /** In some order, for each is read in another way. */
  const find = async (filter: string): Promise<string[]> => {
    const sort = orders[filter.length % orders.length]!
    const page = { limit: 1000, direction: 'next', position: null, wantsTotal: true } as const
    const found = await service.roster.users.list(systemCaller, { filter, sort }, page)
    assert.equal(found.total, found.items.length, `the count of ${filter}`)
    return found.items.map(({ username }) => username).sort()
  }

  describe('SQL', () => {
    it('finds exactly those whom the definition names', async () => {
      let compared = 0
      await fc.assert(
        fc.asyncProperty(source, async (template) => {
          const text = template.replaceAll('{at}', everyone.at(-1)!.created_at)
          const filter = parsed(text)
          if (filter === undefined || text.length > filterLimits.characters) return
          compared += 1
          const expected = everyone
            .filter((user) => evaluateFilter(filter, user))
            .map(({ username }) => username)
          assert.deepEqual(await find(text), expected.sort(), text)
        }),
        { numRuns: runs(1_000) },
      )
      assert.ok(compared > 400, `only ${compared} filters had a meaning`)
    })

    it('finds the same for the filter as it is printed', async () => {
      await fc.assert(
        fc.asyncProperty(source, async (text) => {
          const filter = parsed(text.replaceAll('{at}', '2026-01-01T00:00:00Z'))
          const printed = filter && printFilter(filter)
          if (printed === undefined || printed.length > filterLimits.characters) return
          assert.deepEqual(parseFilter(printed), filter)
        }),
        { numRuns: runs(500) },
      )
    })
  })
})
