/**
 * Requests that the OpenAPI document makes up: each operation with odd values in its path, query and body. The harness
 * compares every answer with the document. `npm run hostile` sends 50,000 of them; HOSTILE_SEED chooses others.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { type Answer, createEngine, type Engine, type Service } from '../harness.ts'

type Schema = { [name: string]: unknown; $ref?: string; type?: string | string[]; examples?: unknown[] }
type Parameter = { name: string; in: string; $ref?: string }
type Operation = {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}
type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const document = JSON.parse(
  readFileSync(new URL('../../../sdk/openapi.json', import.meta.url), 'utf8'),
) as Document
const count = Number(process.env['HOSTILE_REQUESTS'] ?? 2000)
const seed = Number(process.env['HOSTILE_SEED'] ?? 12)

/** They end what the callers of the test come with, or make the service call other hosts. */
const left =
  /logout|closeSession|changePassword|[dD]eleteUser$|[sS]essions?$|webhook|identityProvider|import|export/i
const operations = Object.entries(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  .filter(({ operation }) => operation.operationId !== undefined && !left.test(operation.operationId))

const texts = [
  ...[
    '',
    ' ',
    'a',
    '\u0000',
    '\ud800',
    '\u202e',
    'ﬀ',
    'İ',
    '\u{1f468}\u200d\u{1f469}',
    '%00',
    '%',
    '..',
    '../..',
  ],
  ...[
    "' or 1=1 --",
    '"; drop table users;',
    '<script>',
    '{{7*7}}',
    '${7*7}',
    '\r\nx: y',
    'null',
    'true',
    '-1',
  ],
  ...[
    '1e309',
    '9007199254740993',
    '2026-02-30T00:00:00Z',
    '0000-00-00',
    'a@b',
    'ä@ö.example',
    'me',
    'x'.repeat(5000),
  ],
]
const values: unknown[] = [
  ...texts,
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    [],
    {},
    [null],
    [[]],
    { a: { b: null } },
    { __proto__: 1 },
  ],
  ...[Array.from({ length: 200 }, () => 'admin'), { constructor: { prototype: {} } }],
]
const strangeIds = [
  '00000000-0000-4000-8000-000000000000',
  'me',
  'ME',
  'x',

  "'",
  '%E0%A4%A',
  'admin',
]

/** The client itself resolves `.` and `..` in a path, and an empty part leads to another route. */
const pathTexts = texts.filter((text) => text !== '' && !/^\.\.?$/.test(text))

/** Numbers by chance, the same for the same seed (mulberry32). */
function chanceOf(state: number) {
  let at = state
  const next = () => {
    at = (at + 0x6d2b79f5) | 0
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (limit: number) => Math.floor(next() * limit),
    of: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!,
    often: (share: number) => next() < share,
  }
}
type Chance = ReturnType<typeof chanceOf>

function resolved(schema: Schema): Schema {
  return schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)!]! : schema
}

function bodyOf(chance: Chance, operation: Operation): unknown {
  const contents = Object.values(operation.requestBody?.content ?? {})
  if (contents.length === 0) return chance.often(0.1) ? chance.of(values) : undefined
  if (chance.often(0.1)) return chance.of<unknown>(['', '{', '[]', '{"a":1,"a":2}', 'null', ...values])
  const schema = resolved(contents[0]!.schema)
  const example = structuredClone(schema.examples?.[0] ?? {}) as Record<string, unknown>
  const names = Object.keys((schema['properties'] as object | undefined) ?? {})
  for (let times = 1 + chance.below(3); times > 0; times -= 1) {
    const name = chance.often(0.9) && names.length > 0 ? chance.of(names) : String(chance.of(texts))
    if (chance.often(0.15)) delete example[name]
    else
      Object.defineProperty(example, name, { value: chance.of(values), enumerable: true, configurable: true })
  }
  return example
}

type Made = { method: string; path: string; as: 'nobody' | 'user' | 'admin'; body: unknown }

function make(chance: Chance): Made {
  const { method, path, operation } = chance.of(operations)
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  const asked = query
    .filter(() => chance.often(0.4))
    .map(({ name }) => `${name}=${encodeURIComponent(String(chance.of(texts)).toWellFormed())}`)
  const target = path.replace(/\{\w+\}/g, () =>
    chance.often(0.5)
      ? '{user}'
      : chance.often(0.6)
        ? chance.of(strangeIds)
        : encodeURIComponent(chance.of(pathTexts).toWellFormed()),
  )
  return {
    method,
    path: `${target}${asked.length > 0 ? `?${asked.join('&')}` : ''}`,
    as: chance.of(['nobody', 'user', 'admin']),
    body: method === 'GET' || method === 'HEAD' ? undefined : bodyOf(chance, operation),
  }
}

async function run(engine: Engine): Promise<string[]> {
  const service: Service = await engine.start()
  const tokens = {
    nobody: undefined,
    user: (await service.createUser({ username: 'plain', email: 'plain@example.com' })).token,
    admin: (await service.admin()).token,
  }
  const { id } = await service.createUser({ username: 'target', email: 'target@example.com' })
  const chance = chanceOf(seed)
  const seen: string[] = []
  for (let number = 0; number < count; number += 1) {
    const { method, path, as, body } = make(chance)
    const token = tokens[as]
    let answer: Answer
    try {
      answer = await service.call(method, path.replaceAll('{user}', id), {
        ...(token && { as: token }),
        ...(body !== undefined && { body }),
      })
    } catch (error) {
      throw new Error(`request ${number}, ${as}: ${method} ${path} ${JSON.stringify(body)}`, { cause: error })
    }
    const said = `${number} ${as} ${method} ${path.slice(0, 80)}: ${answer.status} ${answer.body?.code ?? ''}`
    // A busy machine turns requests away.
    if (answer.status === 503) seen.push(`${number} busy`)
    else {
      assert.ok(answer.status < 500, `${said} ${JSON.stringify(body)}\n${answer.text}`)
      seen.push(said)
    }
  }
  assert.deepEqual(
    service.logs().filter(({ level }) => level === 'error'),
    [],
  )
  return seen
}

describe('hostile requests from the OpenAPI document', () => {
  const engines = (['sqlite', 'postgres'] as const).map((name) => createEngine(name))
  after(async () => {
    for (const { cleanUp } of engines) await cleanUp()
  })

  it(`${count} of them: documented answers, none of 5xx, the same on both engines`, async () => {
    const [one, other] = [await run(engines[0]!.engine), await run(engines[1]!.engine)]
    const busy = new Set(
      [...one, ...other].filter((said) => said.endsWith(' busy')).map((said) => said.split(' ')[0]),
    )
    const comparable = (all: string[]) => all.filter((said) => !busy.has(said.split(' ')[0]))
    assert.deepEqual(comparable(one), comparable(other))
    assert.ok(busy.size < count / 10, 'most were answered')
    assert.ok(new Set(one.map((said) => said.split(': ')[1])).size > 8, 'the answers are of many kinds')
  })
})
