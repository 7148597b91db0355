/** The OpenAPI 3.1 document, generated from the declarations of the routes at the first request. */
import type { ErrorCode } from '../../errors.ts'
import { problems } from '../../problems/problems.ts'
import { sessionCookieName } from '../admission/session-cookie.ts'
import { closed, isOptional } from '../message/validate.ts'
import { problemJson } from '../problems/document.ts'
import { json, propertiesOf, type RoutePlan } from '../route-plan.ts'
import type { App } from '../types.ts'
import { errorCodesOf, faultSchema, problemExamples, problemSchema } from './errors.ts'
import { exampleOf, withExample } from './examples.ts'
import { machineScheme, machineSecurity } from './machine-security.ts'
import { type Components, newComponents, reference } from './schemas.ts'
import { tagsOf } from './tags.ts'

export type OpenapiOptions = {
  publicUrl: string
  version: string
  requireIfMatch: boolean
  basicAuth: boolean
}

type Json = Record<string, unknown>

const basicScheme = {
  type: 'http',
  scheme: 'basic',
  description: 'Username or e-mail address, and password.',
}

/** The complete document. `app` must have all routes. */
export function openapiDocument(app: App, options: OpenapiOptions): Json {
  const components = newComponents()
  const plans = app.plans.filter((plan) => !plan.hidden && plan.method !== 'HEAD')
  const paths: Record<string, Json> = {}
  for (const plan of plans) {
    const path = plan.pattern.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [plan.method.toLowerCase()]: operation(plan, options, components) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Roster',
      version: options.version,
      description: 'A user-management service. Every error is a problem document (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: options.publicUrl }],
    tags: tagsOf(plans),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An access token or an API key.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: sessionCookieName(options.publicUrl),
          description: 'The session of a browser, for pages of this server; `POST /auth/session` sets it.',
        },
        client_credentials: machineScheme(options.publicUrl),
        ...(options.basicAuth ? { basic: basicScheme } : {}),
      },
      schemas: { ...components.schemas, Problem: problemSchema, Fault: faultSchema },
      responses: components.responses,
      headers: headerComponents,
      examples: usedExamples(components, options.publicUrl),
    },
  }
}

function operation(plan: RoutePlan, options: OpenapiOptions, components: Components): Json {
  const { schema } = plan
  const isPublic = plan.access === 'public'
  return {
    operationId: schema.operationId ?? `${plan.method} ${plan.pattern}`,
    ...(schema.tags ? { tags: schema.tags } : {}),
    ...(schema.summary ? { summary: schema.summary } : {}),
    ...(schema.description ? { description: schema.description } : {}),
    'x-access': plan.access,
    security: [
      ...(isPublic ? [{}] : []),
      { bearer: [] },
      { cookie: [] },
      ...machineSecurity(plan.access),
      ...(options.basicAuth ? [{ basic: [] }] : []),
    ],
    parameters: parameters(plan, options, components),
    ...requestBody(plan, components),
    responses: { ...answers(plan, components), ...refusals(plan, options, components) },
  }
}

/** Weak tags and foreign tags match nothing, so clients do not need them. */
const entityTags = { pattern: '^([*]|"[0-9]+"(, ?"[0-9]+")*)$', examples: ['"3"'] }

function parameters(plan: RoutePlan, options: OpenapiOptions, components: Components): Json[] {
  const header = (name: string, required: boolean, description: string, schema: Json) => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string', ...schema },
  })
  const list = [...fields(plan, 'path', components), ...fields(plan, 'query', components)]
  if (plan.conditional) {
    list.push(header('If-Match', options.requireIfMatch, 'The ETag that the change is based on.', entityTags))
  }
  if (isTagged(plan))
    list.push(header('If-None-Match', false, 'The ETag that the client has; 304 when it is current.', {}))
  if (plan.idempotent) {
    list.push(
      header('Idempotency-Key', false, 'The same key and body within 24 hours give the first answer again.', {
        maxLength: 255,
        pattern: '^[!-~]+$',
      }),
    )
  }
  return list
}

function fields({ schema }: RoutePlan, place: 'path' | 'query', components: Components): Json[] {
  const declared = place === 'path' ? schema.params : schema.querystring
  const required = Array.isArray(declared?.['required']) ? declared['required'] : []
  const examples = exampleOf(schema.operationId).parameters ?? {}
  return Object.entries(propertiesOf(declared)).map(([name, property]) => {
    const { description, ...rest } = reference(property, components)
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description ? { description } : {}),
      schema: isFreeText(rest) ? { ...rest, pattern: noControls } : rest,
      ...(name in examples ? { example: examples[name] } : {}),
    }
  })
}

/** Paths and query strings contain no control characters. */
const noControls = '^[^\\x00-\\x1f\\x7f]*$'

function isFreeText(schema: Json): boolean {
  return schema['type'] === 'string' && !('enum' in schema || 'format' in schema || 'pattern' in schema)
}

function requestBody(plan: RoutePlan, components: Components): Json {
  const body = plan.schema.body
  if (body === undefined && plan.consumes[0] === 'application/json') return {}
  const schema = body === undefined ? undefined : reference(closed(body), components)
  const content = Object.fromEntries(
    plan.consumes.map((type) => [type, { schema: schema ?? fileSchema(type) }]),
  )
  const { request } = exampleOf(plan.schema.operationId)
  return {
    requestBody: {
      required: body === undefined || !isOptional(body),
      content: withExample(content, request),
    },
  }
}

/** A body that the service reads as a stream. Client generators would send `string` as a quoted JSON text. */
function fileSchema(type: string): Json {
  if (type === json) return {}
  return type === 'application/octet-stream' ? { type: 'string', format: 'binary' } : { type: 'string' }
}

/** A single resource, which therefore has an ETag. */
function isTagged(plan: RoutePlan): boolean {
  return plan.method === 'GET' && /:\w+$/.test(plan.pattern) && plan.pattern !== '/problems/:code'
}

function answers(plan: RoutePlan, components: Components): Json {
  const declared = plan.schema.response ?? defaultAnswer(plan)
  const { response } = exampleOf(plan.schema.operationId)
  const [firstStatus] = Object.keys(declared)
  const entries = Object.entries(declared).map(([status, schema]) => {
    const { description = statusWords[status] ?? 'Success' } = schema
    const isEmpty = status === '204' || schema['type'] === 'null'
    const content = Object.fromEntries(
      plan.produces.map((type) => [
        type,
        {
          schema:
            type.endsWith('json') && !type.includes('ndjson')
              ? reference(schema, components)
              : { type: 'string' },
        },
      ]),
    )
    const shown = status === firstStatus ? withExample(content, response) : content
    return [status, { description, ...headersOf(plan, status), ...(isEmpty ? {} : { content: shown }) }]
  })
  if (isTagged(plan)) entries.push(['304', { description: 'The client has the current version.' }])
  return Object.fromEntries(entries)
}

/** A route without a declared answer sends none, unless it sends another media type than JSON. */
function defaultAnswer(plan: RoutePlan): Record<string, Json> {
  return plan.produces.includes(json) ? { 204: {} } : { 200: {} }
}

function headersOf(plan: RoutePlan, status: string): Json {
  const query = propertiesOf(plan.schema.querystring)
  const names = ['X-Request-Id']
  if (status === '201') names.push('Location')
  if ((isTagged(plan) || plan.conditional || status === '201') && status !== '204') names.push('ETag')
  if ('cursor' in query) names.push('Link')
  if ('count' in query) names.push('X-Total-Count')
  return { headers: headerReferences(names) }
}

function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

const text = (description: string) => ({ description, schema: { type: 'string' } })
const headerComponents: Json = {
  'X-Request-Id': text('The id of this request in the log.'),
  Location: text('The address of what was created.'),
  ETag: text('The version, for If-Match and If-None-Match.'),
  Link: text('The pages `next`, `prev` and `first` (RFC 8288).'),
  'X-Total-Count': { description: 'With `count=exact`.', schema: { type: 'integer' } },
  'WWW-Authenticate': text('How to authenticate.'),
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
}

const statusWords: Readonly<Record<string, string>> = {
  200: 'Success',
  201: 'Created',
  202: 'Accepted',
  204: 'Done',
}

function refusals(plan: RoutePlan, options: OpenapiOptions, components: Components): Json {
  const byStatus = Map.groupBy(errorCodesOf(plan, options.requireIfMatch), (code) => problems[code].status)
  const statuses = [...byStatus.keys()].sort()
  return Object.fromEntries(
    statuses.map((status) => [status, responseReference(status, byStatus.get(status)!, components)]),
  )
}

/** Operations with the same errors share one component: `Error400`, `Error400-2`, … */
function responseReference(status: number, codes: readonly ErrorCode[], components: Components): Json {
  const key = codes.join(' ')
  let name = components.responseNames.get(key)
  if (name === undefined) {
    const earlier = Object.keys(components.responses).filter((one) => one.startsWith(`Error${status}`)).length
    name = earlier === 0 ? `Error${status}` : `Error${status}-${earlier + 1}`
    components.responseNames.set(key, name)
    components.responses[name] = refusal(status, codes)
  }
  return { $ref: `#/components/responses/${name}` }
}

function refusal(status: number, codes: readonly ErrorCode[]): Json {
  const names = ['X-Request-Id']
  if (status === 401) names.push('WWW-Authenticate')
  if (status === 429 || status === 503) names.push('Retry-After')
  if (status === 412) names.push('ETag')
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]))
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    headers: headerReferences(names),
    content: { [problemJson]: { schema: { $ref: '#/components/schemas/Problem' }, examples } },
  }
}

function usedExamples(components: Components, publicUrl: string): Json {
  const used = new Set([...components.responseNames.keys()].flatMap((codes) => codes.split(' ')))
  return Object.fromEntries(Object.entries(problemExamples(publicUrl)).filter(([code]) => used.has(code)))
}
