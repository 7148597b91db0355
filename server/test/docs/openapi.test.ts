/** The OpenAPI document is valid, complete and has examples that fit. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Compile } from 'typebox/schema'
import { registerFormats } from '../../src/http/message/formats.ts'
import { closed } from '../../src/http/message/validate.ts'

const root = new URL('../../..', import.meta.url).pathname

type Schema = { $ref?: string; examples?: unknown[] }
type Content = Record<string, { schema: Schema; example?: unknown }>
type Schemas = Record<string, Schema>
type Operation = {
  operationId: string
  summary?: string
  description?: string
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

registerFormats()
const document = JSON.parse(readFileSync(join(root, 'sdk/openapi.json'), 'utf8'))
const components = closed(document.components) as { schemas: Schemas }
const operations = Object.values(document.paths as Record<string, Record<string, Operation>>).flatMap(
  (methods) => Object.values(methods).map((operation) => ({ operation, schemas: components.schemas })),
)

/** The fault of the example of the first media type: it is missing, or its schema refuses it. */
function faultsOfExample(place: string, content: Content | undefined, schemas: Schemas): string[] {
  const [first] = Object.entries(content ?? {})
  if (!first) return []
  const [type, { schema, example }] = first
  const named = schema.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1)!]!
  const shown = example ?? named.examples?.[0]
  if (shown === undefined) return [`${place} has no example`]
  if (type !== 'application/json') return typeof shown === 'string' ? [] : [`${place} is not a text`]
  const [isValid, faults] = Compile({ ...closed(schema), components }).Errors(shown)
  return isValid ? [] : [`${place} ${JSON.stringify(faults).slice(0, 300)}`]
}

describe('sdk/openapi.json', () => {
  it('passes the recommended rules without an error', () => {
    const args = [
      'node_modules/@redocly/cli/bin/cli.js',
      'lint',
      'sdk/openapi.json',
      '--extends',
      'recommended',
      '--format',
      'json',
    ]
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    assert.equal(status, 0, stdout)
    assert.equal(JSON.parse(stdout).totals.errors, 0)
  })

  it('describes every operation, with an example of its body and of its answer', () => {
    const faults = operations.flatMap(({ operation, schemas }) => {
      const [status, answer] = Object.entries(operation.responses).find(([code]) => Number(code) < 300)!
      return [
        ...(operation.summary && operation.description && 'x-access' in operation ? [] : ['no description']),
        ...faultsOfExample('body', operation.requestBody?.content, schemas),
        ...faultsOfExample(status, answer.content, schemas),
      ].map((fault) => `${operation.operationId}: ${fault}`)
    })
    assert.deepEqual(faults, [])
  })

  it('has the forms that generators of clients understand', () => {
    const unions: string[] = []
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      if ('anyOf' in value) unions.push(JSON.stringify(value.anyOf))
      assert.ok(!('x-openapi' in value), path)
      for (const [name, member] of Object.entries(value)) walk(member, `${path}/${name}`)
    }
    walk(document, '')
    // A reference or null is all that is left.
    for (const union of unions) assert.match(union, /^\[\{"\$ref":"[^"]+"\},\{"type":"null"\}\]$/)
    const names = Object.keys(document.components.schemas)
    // Go's constructor of `User` is `NewUser`.
    assert.deepEqual(
      names.filter((name) => name.startsWith('New')),
      [],
    )
    const { parameters } = document.paths['/users/{id}'].get
    const { pattern, format } = parameters.find(({ name }: { name: string }) => name === 'id').schema
    assert.equal(format, undefined)
    assert.match('me', new RegExp(pattern))
    assert.match('019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90', new RegExp(pattern))
    assert.doesNotMatch('you', new RegExp(pattern))
    assert.deepEqual(document.components.schemas.UserPatch.properties.status, {
      type: ['string', 'null'],
      enum: ['active', 'disabled', null],
    })
  })
})
