/** One operation in the reference: access, parameters, body and answers. */
import { escapeHtml } from '../../html/escape.ts'
import { type Content, type OpenapiDocument, type Operation, type Response, resolved } from './document.ts'
import { fieldTable, parameterTable, prose } from './fields.ts'

const places = { path: 'Path', query: 'Query', header: 'Headers' } as const

export type Endpoint = { method: string; path: string; operation: Operation }

export function operationSection({ method, path, operation }: Endpoint, document: OpenapiDocument): string {
  const { operationId, summary = '', description = '', requestBody, responses } = operation
  const parameters = Object.entries(places).map(([place, caption]) =>
    parameterTable(
      caption,
      operation.parameters.filter((parameter) => parameter.in === place),
      document,
    ),
  )
  return `<details class="operation" data-find="${escapeHtml(`${method} ${path} ${summary} ${operationId}`.toLowerCase())}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <code class="path">${escapeHtml(path)}</code> <span class="short">${prose(summary)}</span></summary>
<div class="body" id="${operationId}">
<h3>${prose(summary)}</h3>
<p>${prose(description)}</p>
<p class="access"><b>Access:</b> ${access(operation['x-access'])} <span class="id">Operation <code>${operationId}</code></span></p>
${parameters.join('\n')}
${requestBody ? bodyFields('Body', requestBody.content, document) : ''}
<h4>Request</h4>
${code(curl({ method, path, operation }, document))}
<p><button type="button" class="try" data-operation="${operationId}">Try it</button></p>
${Object.entries(responses)
  .filter(([status]) => Number(status) < 400)
  .map(([status, response]) => success(status, resolved(response, document), document))
  .join('\n')}
${refusals(responses, document)}
</div>
</details>`
}

function access(given: unknown): string {
  if (given === 'public') return 'everyone, without signing in.'
  if (given === 'signed_in') return 'every signed-in user.'
  const isOwn = typeof given === 'object' && given !== null && 'or' in given
  const permissions = [isOwn ? given.or : given]
    .flat()
    .map((name) => `<code>${escapeHtml(String(name))}</code>`)
  const wanted = `the permission ${permissions.join(' or ')}`
  return isOwn ? `the user in person, or ${wanted}.` : `${wanted}.`
}

/** The fields of the first media type, which is JSON if the route accepts it. */
function bodyFields(caption: string, content: Content, document: OpenapiDocument): string {
  const [[type, { schema = {} }] = ['', {}]] = Object.entries(content)
  const types = Object.keys(content).map((name) => `<code>${escapeHtml(name)}</code>`)
  if (!type.includes('json')) return `<p>${caption}: ${types.join(' or ')}</p>`
  const fields = fieldTable(caption, schema, document)
  return types.length > 1 ? `${fields}<p>Sent as ${types.join(' or ')}.</p>` : fields
}

function success(
  status: string,
  { description = '', content = {} }: Response,
  document: OpenapiDocument,
): string {
  const shown = exampleOf(content, document)
  const fields = bodyFields(`Fields of the answer ${status}`, content, document)
  return `<h4>Answer ${status}: ${prose(description)}</h4>
${shown === undefined ? '' : code(shown)}
${fields === '' || shown === undefined ? fields : `<details class="fields"><summary>Fields of the answer</summary>${fields}</details>`}`
}

function refusals(responses: Operation['responses'], document: OpenapiDocument): string {
  const rows = Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, response]) => {
      const [content] = Object.values(resolved(response, document).content ?? {})
      return Object.keys(content?.examples ?? {}).map(
        (name) => `<li>${status} <a href="problems/${name}"><code>${name}</code></a></li>`,
      )
    })
  return `<details class="fields"><summary>Errors</summary><ul class="errors">${rows.join('')}</ul></details>`
}

/** The request as a curl command, with the example of the document. */
function curl({ method, path, operation }: Endpoint, document: OpenapiDocument): string {
  const filled = filledPath(path, operation)
  const url = `${document.servers[0]?.url ?? ''}${filled}`
  const lines = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}'${url}'`]
  if (operation['x-access'] !== 'public') lines.push(`-H 'authorization: Bearer TOKEN'`)
  const content = operation.requestBody?.content ?? {}
  const body = exampleOf(content, document)
  if (body !== undefined) {
    lines.push(`-H 'content-type: ${Object.keys(content)[0]}'`)
    lines.push(`-d '${body.replaceAll("'", "'\\''")}'`)
  }
  return lines.join(' \\\n  ')
}

/** The path with the examples of its parameters, and the query parameters that have one. */
export function filledPath(path: string, { parameters }: Operation): string {
  const examples = parameters.filter(({ example }) => example !== undefined)
  const filled = examples
    .filter((parameter) => parameter.in === 'path')
    .reduce((text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(String(example))), path)
  const query = new URLSearchParams(
    examples
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, example }) => [name, String(example)]),
  )
  return query.size === 0 ? filled : `${filled}?${query}`
}

/** The example of a body: its own, or that of its schema. */
function exampleOf(content: Content, document: OpenapiDocument): string | undefined {
  const [first] = Object.values(content)
  const schema = first?.schema && resolved(first.schema, document)
  const value = first?.example ?? schema?.examples?.[0]
  if (value === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

const code = (text: string): string => `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`
