/** TLS to PostgreSQL, with the modes of libpq. */

import type { ConnectionOptions } from 'node:tls'
import { thrown } from '../../errors.ts'

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

const bindings = ['disable', 'prefer', 'require'] as const

export type Named = { value: string | undefined; source: string }

export type Tls = Readonly<{
  mode: (typeof modes)[number]
  ca: string | undefined
  cert: string | undefined
  key: string | undefined
  passphrase: string | undefined
  channelBinding: (typeof bindings)[number]
}>

/** @throws when a mode is unknown or a file cannot be read */
export function tlsOf(named: (parameter: string) => Named, readFile: (path: string) => string): Tls {
  const file = (parameter: string): string | undefined => {
    const { value, source } = named(parameter)
    if (value === undefined || (parameter === 'sslrootcert' && value === 'system')) return undefined
    try {
      return readFile(value)
    } catch (error) {
      throw new Error(`${source} cannot be read (${thrown(error).code})`)
    }
  }
  const cert = file('sslcert')
  const key = file('sslkey')
  if ((cert === undefined) !== (key === undefined))
    throw new Error('DATABASE_URL: sslcert and sslkey belong together; one of them is missing')
  const ca = file('sslrootcert')
  return Object.freeze({
    mode: modeOf(named, ca),
    ca,
    cert,
    key,
    passphrase: named('sslpassword').value,
    channelBinding: bindingOf(named('channel_binding')),
  })
}

function modeOf(named: (parameter: string) => Named, ca: string | undefined): Tls['mode'] {
  const { value, source } = named('sslmode')
  const fallback = named('ssl').value === 'true' ? 'require' : 'prefer'
  const mode = modes.find((each) => each === (value ?? fallback))
  if (mode === undefined) throw new Error(`${source} must be one of ${modes.join(', ')}`)
  const isSystem = named('sslrootcert').value === 'system'
  if (isSystem && value !== undefined && mode !== 'verify-full')
    throw new Error('DATABASE_URL: sslrootcert=system needs sslmode=verify-full')
  if (isSystem) return 'verify-full'
  // As in libpq: if a trusted certificate is set, `require` also verifies the server with this certificate.
  return mode === 'require' && ca !== undefined ? 'verify-ca' : mode
}

function bindingOf({ value = 'prefer', source }: Named): Tls['channelBinding'] {
  const binding = bindings.find((each) => each === value)
  if (binding === undefined) throw new Error(`${source} must be disable, prefer or require`)
  return binding
}

/** The option for the driver; `false` without TLS. */
export function tlsOptions(tls: Tls, encrypted: boolean): false | ConnectionOptions {
  if (!encrypted) return false
  const { ca, cert, key, passphrase } = tls
  const verifies = tls.mode === 'verify-ca' || tls.mode === 'verify-full'
  return {
    rejectUnauthorized: verifies,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key: key! }),
    ...(passphrase !== undefined && { passphrase }),
    ...(tls.mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  }
}
