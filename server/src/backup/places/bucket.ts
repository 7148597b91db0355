/** A bucket of S3, or of a server that speaks its protocol such as MinIO, Ceph, R2 and B2. */
import { createWriteStream, openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { ConfigError } from '../../config.ts'
import { sha256Of } from '../../database/sqlite/manifest.ts'
import { thrown } from '../../errors.ts'
import type { BucketAccess, BucketAddress } from '../../settings/backup.ts'
import type { Place } from './place.ts'

/** The maximum size of an object in one request. */
const largest = 5 * 1024 ** 3
const answerMs = 60_000
/** About the time for the largest file at 2 MB/s. */
const transferMs = 45 * 60_000

type Asked = {
  body?: Blob
  headers?: Record<string, string>
  query?: Record<string, string>
  limitMs?: number
}

/** @throws ConfigError when there are no credentials */
export function bucketPlace({ bucket, prefix }: Omit<BucketAddress, 'name'>, access: BucketAccess): Place {
  const { accessKeyId, secretAccessKey, sessionToken, region } = access
  if (accessKeyId === null || secretAccessKey === null)
    throw new ConfigError('a bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  const root = rootOf(bucket, access)

  const ask = async (method: string, key: string, asked: Asked = {}): Promise<Response> => {
    const { AwsV4Signer } = await import('aws4fetch')
    const address = new URL(key === '' ? root : `${root}/${key}`)
    for (const [name, value] of Object.entries(asked.query ?? {})) address.searchParams.set(name, value)
    const signer = new AwsV4Signer({
      ...{ method, url: address.href, accessKeyId, secretAccessKey, region, service: 's3' },
      ...(sessionToken !== null && { sessionToken }),
      headers: asked.headers ?? {},
    })
    const { url, headers } = await signer.sign()
    const response = await fetch(url, {
      ...{ method, headers, redirect: 'error' },
      signal: AbortSignal.timeout(asked.limitMs ?? answerMs),
      ...(asked.body && { body: asked.body }),
    }).catch((error: Error) => {
      throw new ConfigError(`${address.host} does not answer (${reasonOf(error)})`)
    })
    if (response.ok) return response
    const { host } = address
    const code = /<Code>([A-Za-z]+)<\/Code>/.exec(await response.text())?.[1] ?? response.statusText
    throw new ConfigError(`the bucket ${bucket} at ${host} answers ${response.status} ${code}`)
  }

  return {
    async put(file) {
      const body = await openAsBlob(file)
      if (body.size > largest)
        throw new ConfigError('the backup is larger than 5 GB, which one request to a bucket cannot store')
      const headers = { 'x-amz-content-sha256': await sha256Of(file) }
      await ask('PUT', prefix + basename(file), { body, headers, limitMs: transferMs })
    },
    async get(name, file) {
      const { body } = await ask('GET', prefix + name, { limitMs: transferMs })
      const source = Readable.fromWeb(body as unknown as ReadableStream<Uint8Array>)
      await pipeline(source, createWriteStream(file, { mode: 0o600 }))
    },
    async list() {
      const names: string[] = []
      for (let token: string | undefined; ; ) {
        const query = {
          'list-type': '2',
          prefix,
          delimiter: '/',
          ...(token && { 'continuation-token': token }),
        }
        const page = await (await ask('GET', '', { query })).text()
        for (const [, key = ''] of page.matchAll(/<Key>([^<]+)<\/Key>/g)) names.push(key.slice(prefix.length))
        token = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(page)?.[1]
        if (token === undefined) return names
      }
    },
    async remove(name) {
      await ask('DELETE', prefix + name)
    },
  }
}

/**
 * The URL of the objects. The bucket is in the path if its name contains a dot, which certificates do not cover, and on
 * other servers, which have no host name for each bucket.
 */
function rootOf(bucket: string, { endpoint, region }: BucketAccess): string {
  if (endpoint !== null) return `${endpoint.replace(/\/+$/, '')}/${bucket}`
  const host = `s3.${region}.amazonaws.com`
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`
}

function reasonOf(error: Error): string {
  return thrown(error.cause).code ?? error.message
}
