/** Resources with a version: read with their ETag, changed with `If-Match`. */
import type { Result } from './call.ts'
import { isRosterError } from './errors.ts'
import type { CallOptions } from './transport.ts'

/** A resource and the version that was read. Pass `etag` as `ifMatch` to change only this version. */
export type Versioned<Data> = Data & { etag: string }

export type ChangeOptions = CallOptions & {
  /**
   * The `etag` of the version on which the change is based. If there is a newer one, the error is `precondition_failed`.
   */
  ifMatch?: string | undefined
}

export function versioned<Data>({ data, headers }: Result<unknown>): Versioned<Data> {
  return { ...(data as Data), etag: headers.get('etag') ?? '' }
}

/** The options of the call with `If-Match` among its headers. */
export function conditional({ ifMatch, ...options }: ChangeOptions = {}): CallOptions {
  return ifMatch === undefined
    ? options
    : { ...options, headers: { ...options.headers, 'if-match': ifMatch } }
}

/**
 * Reads the resource, calls `change` for the patch, and writes it for the version that was read. If another client has
 * changed it since, this repeats, at most `attempts` times. `change` returns null for no change.
 */
export async function edited<Data, Patch>(
  read: () => Promise<Versioned<Data>>,
  write: (patch: Patch, etag: string) => Promise<Versioned<Data>>,
  change: (current: Versioned<Data>) => Patch | null | Promise<Patch | null>,
  attempts = 3,
): Promise<Versioned<Data>> {
  for (let attempt = 1; ; attempt += 1) {
    const current = await read()
    const patch = await change(current)
    if (patch === null) return current
    try {
      return await write(patch, current.etag)
    } catch (error) {
      if (attempt >= attempts || !isRosterError(error, 'precondition_failed')) throw error
    }
  }
}

/** An idempotency key for a POST, so that a repetition does not create a second resource. */
export function idempotent(options: CallOptions = {}): CallOptions {
  return { ...options, headers: { 'idempotency-key': newKey(), ...options.headers } }
}

/** `crypto.randomUUID` is missing on pages with plain HTTP. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
