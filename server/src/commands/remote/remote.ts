/** Commands over HTTP: on the Roster at `--url`, with the permissions of an API key. */

import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../../config.ts'
import { isJsonObject } from '../../encoding/json-object.ts'
import { thrown } from '../../errors.ts'
import { isLoopback } from '../../settings/values.ts'
import { type Input, type Option, UsageError } from '../shell/input.ts'

export type RemoteUser = {
  id: string
  username: string
  email: string | null
  status: string
  roles: string[]
}

export type Remote = {
  url: string
  /** The JSON of the answer. @throws ConfigError with the reason when it is an error */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** A list, and the paths of the previous and next pages. @throws ConfigError */
  page<T>(path: string): Promise<{ items: T[]; next?: string; prev?: string }>
  /** The body of an answer that is not JSON. @throws ConfigError */
  stream(path: string, accept: string): Promise<AsyncIterable<Uint8Array>>
  /** By id, username or e-mail address; with `deleted` in the recycle bin. @throws ConfigError when there is none */
  user(name: string, deleted?: boolean): Promise<RemoteUser>
}

export const remoteOptions: Record<'url' | 'api-key-file', Option> = {
  url: { type: 'string', value: 'URL', about: 'run the command over HTTP on the Roster at this URL' },
  'api-key-file': { type: 'string', value: 'FILE', about: 'the file with the API key for --url' },
}

/** Requests to an overloaded service are repeated after the time in `Retry-After`. */
const mostTries = 5
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @throws UsageError when the address or the key cannot be used */
export function connect({ values }: Input): Remote {
  const url = addressOf(String(values['url']))
  const authorization = `Bearer ${keyOf(values['api-key-file'])}`
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    { accept = 'application/json', isLong = false } = {},
  ): Promise<Response> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    return fetch(`${url}${path}`, {
      method,
      redirect: 'error',
      headers: {
        authorization,
        accept,
        ...(body !== undefined && { 'content-type': type }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(!isLong && { signal: AbortSignal.timeout(30_000) }),
    }).catch((error: Error & { cause?: { code?: string; message?: string } }) => {
      const reason = error.cause?.code ?? error.cause?.message ?? error.message
      throw new ConfigError(`${url} cannot be reached (${reason}); check the address of --url`)
    })
  }
  const request = async (method: string, path: string, body?: unknown) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await send(method, path, body)
      const text = await answer.text()
      const json = jsonOf(text)
      // The request was refused before it changed anything.
      if (isJsonObject(json) && json['code'] === 'overloaded' && tries < mostTries) {
        await sleep(1000 * Math.min(5, Number(answer.headers.get('retry-after') ?? 1)))
        continue
      }
      if (!answer.ok) throw new ConfigError(reasonOf(url, answer.status, json))
      if (json === null && text !== '') throw new ConfigError(`${url} did not answer as Roster does`)
      return { json, headers: answer.headers }
    }
  }
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (await request(method, path, body)).json as T
  return {
    url,
    call,
    async page<T>(path: string) {
      const { json, headers } = await request('GET', path)
      return { items: json as T[], ...linksOf(path, headers.get('link') ?? '') }
    },
    async stream(path, accept) {
      const answer = await send('GET', path, undefined, { accept, isLong: true })
      if (!answer.ok) throw new ConfigError(reasonOf(url, answer.status, jsonOf(await answer.text())))
      return answer.body ?? Readable.from([])
    },
    async user(name, deleted = false) {
      const by = uuid.test(name) ? { filter: `id eq "${name.toLowerCase()}"` } : byName(name)
      const query = new URLSearchParams({ ...by, ...(deleted && { deleted: 'true' }) })
      const found = await call<RemoteUser[]>('GET', `/users?${query}`)
      const where = deleted ? `in the recycle bin of ${url}` : `at ${url}`
      if (found.length > 1)
        throw new ConfigError(`Several users ${where} are called ${name}; give the id of one`)
      if (!found[0]) throw new ConfigError(`There is no user ${name} ${where}`)
      return found[0]
    },
  }
}

/** The links of a list at `path`; the public URL in them may differ from `--url`. */
function linksOf(path: string, header: string): { next?: string; prev?: string } {
  const links = [...header.matchAll(/<([^>]+)>; rel="(next|prev)"/g)]
  return Object.fromEntries(
    links.map(([, target = '', name]) => {
      return [name, `${path.split('?')[0]}${new URL(target).search}`]
    }),
  )
}

const byName = (name: string): Record<string, string> =>
  name.includes('@') ? { email: name } : { username: name }

function addressOf(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback(url.hostname)))
    throw new UsageError('--url begins with https://; http:// is for this machine alone.')
  return url.href.replace(/\/+$/, '')
}

function keyOf(file: Input['values'][string]): string {
  if (typeof file !== 'string') throw new UsageError('--url needs --api-key-file.')
  try {
    const key = readFileSync(file, 'utf8').trim()
    if (/^[\x21-\x7e]+$/.test(key)) return key
  } catch (error) {
    throw new UsageError(`--api-key-file cannot be read (${thrown(error).code}).`)
  }
  throw new UsageError('--api-key-file has no API key in it.')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The message of the problem document. */
function reasonOf(url: string, status: number, json: unknown): string {
  const { detail, code, errors } = isJsonObject(json) ? json : {}
  if (detail === undefined) return `${url} answered ${status}`
  const all = Array.isArray(errors) ? errors.filter(isJsonObject) : []
  const faults = all.length > 1 ? all.map(({ pointer, detail }) => `\n${pointer}: ${detail}`) : []
  return `${detail} (${code})${faults.join('')}`
}
