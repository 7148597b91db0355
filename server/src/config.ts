/**
 * The environment, read once: every setting is a row of the table in `settings/settings.ts`, checked and frozen. No other
 * file reads `process.env`.
 */

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type PostgresTarget, postgresTarget } from './database/postgres/target.ts'
import { distance } from './encoding/distance.ts'
import { thrown } from './errors.ts'
import { memoryLimits } from './runtime/memory.ts'
import { backupConfig, backupFaults } from './settings/backup.ts'
import { brandConfig } from './settings/brand.ts'
import { type Setting, settings } from './settings/settings.ts'
import { tracingConfig } from './settings/tracing.ts'
import { isLoopback } from './settings/values.ts'

export type Config = Readonly<ReturnType<typeof readConfig>>

type Values = { [K in keyof typeof settings]: ReturnType<(typeof settings)[K]['read']> }

/** An invalid environment: the message names every fault and shows no value. */
export class ConfigError extends Error {}

/**
 * Reads the settings. Every secret may be given as a file (`ROSTER_X_FILE`).
 * @throws ConfigError naming every wrong or unknown setting
 */
export function readConfig(environment: Record<string, string | undefined> = process.env) {
  const faults: string[] = unknownNames(environment)
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings)) {
    try {
      values[key] = setting.read(textOf(setting, environment))
    } catch (error) {
      faults.push(`${setting.name} ${thrown(error).message}`)
    }
  }
  const read = values as Values
  const production = environment['NODE_ENV'] === 'production'
  if (production && read.rateLimits === 'off')
    faults.push('ROSTER_RATE_LIMITS must not be off with NODE_ENV=production')
  if (production && read.publicUrl && !read.allowHttp && isPlainHttp(read.publicUrl))
    faults.push(
      'ROSTER_PUBLIC_URL must begin with https:// with NODE_ENV=production, or set ROSTER_ALLOW_HTTP=true',
    )
  if (read.hookUrl && !read.hookSecret) faults.push('ROSTER_HOOK_SECRET is required with ROSTER_HOOK_URL')
  if (read.verifyPasswordUrl && !read.verifyPasswordSecret)
    faults.push('ROSTER_VERIFY_PASSWORD_SECRET is required with ROSTER_VERIFY_PASSWORD_URL')
  const publicUrl = read.publicUrl ?? `http://localhost:${read.port ?? 8000}`
  // If the public URL is on this machine, applications run on this machine too.
  const outgoingNetworks =
    read.outgoingNetworks ?? (isLoopback(new URL(publicUrl).hostname) ? ['127.0.0.0/8', '::1'] : [])
  if (read.hookUrl?.startsWith('http:') && outgoingNetworks.length === 0)
    faults.push('ROSTER_HOOK_URL must begin with https://, or its network be in ROSTER_OUTGOING_NETWORKS')
  if (read.trustedProxyHops && read.trustedProxies?.length > 0)
    faults.push('ROSTER_TRUSTED_PROXY_HOPS and ROSTER_TRUSTED_PROXIES are both set; one of them is enough')
  if (
    read.databaseUrl?.startsWith('postgres') &&
    read.secretKey === null &&
    !faults.some((fault) => fault.startsWith('ROSTER_SECRET_KEY'))
  ) {
    faults.push('ROSTER_SECRET_KEY is required on PostgreSQL; make one with `openssl rand -base64 32`')
  }
  faults.push(...backupFaults(read))
  const postgres = targetOf(read.databaseUrl, environment, faults)
  const standby = standbyOf(read.databaseReadUrl, postgres, environment, faults)
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze({
    ...read,
    ...backupConfig(read),
    brand: Object.freeze(brandConfig(read)),
    tracing: tracingConfig(read),
    /** The connection to PostgreSQL; null on SQLite. */
    postgres,
    standby,
    /** The delay in which a proxy notices that this replica stops. */
    shutdownDelaySeconds:
      read.shutdownDelaySeconds ?? (read.trustedProxies.length > 0 || read.trustedProxyHops ? 5 : 0),
    publicUrl,
    outgoingNetworks,
    hook: Object.freeze({
      url: read.hookUrl,
      secret: read.hookSecret,
      points: read.hookPoints,
      timeoutMs: read.hookTimeoutMs,
      onFailure: read.hookOnFailure,
    }),
    production,
    /** Every setting with its value, except secrets, and where the value comes from. */
    settingsInUse: settingsInUse(environment),
    /** Argon2 runs on the threads of libuv; some are reserved for DNS and files. A hash takes 19 MiB. */
    hashesInFlight: Math.max(
      1,
      Math.min(
        availableParallelism(),
        Number(environment['UV_THREADPOOL_SIZE'] ?? 4) - 2,
        memoryLimits().hashes,
      ),
    ),
  })
}

/**
 * The settings of the environment for another database than that of `DATABASE_URL`, with its secret key.
 * @throws ConfigError
 */
export function readConfigFor(databaseUrl: string, secretKey?: Buffer): Config {
  const { DATABASE_URL_FILE: _, ...environment } = process.env
  const key = secretKey && {
    ROSTER_SECRET_KEY: secretKey.toString('base64'),
    ROSTER_SECRET_KEY_FILE: undefined,
  }
  return readConfig({ ...environment, ...key, DATABASE_URL: databaseUrl })
}

function targetOf(
  url: string | undefined,
  environment: Record<string, string | undefined>,
  faults: string[],
): PostgresTarget | null {
  if (!url?.startsWith('postgres')) return null
  try {
    return postgresTarget(url, environment, (path) => readFileSync(path, 'utf8'))
  } catch (error) {
    faults.push(thrown(error).message)
    return null
  }
}

function standbyOf(
  url: string | null | undefined,
  postgres: PostgresTarget | null,
  environment: Record<string, string | undefined>,
  faults: string[],
): PostgresTarget | null {
  if (!url) return null
  if (!url.startsWith('postgres') || postgres === null) {
    faults.push(
      'DATABASE_READ_URL must be postgres://…, a standby of the PostgreSQL database in DATABASE_URL',
    )
    return null
  }
  const found: string[] = []
  const target = targetOf(url, environment, found)
  faults.push(...found.map((fault) => fault.replace(/^DATABASE_URL/, 'DATABASE_READ_URL')))
  return target && { ...target, writable: false }
}

/** Whether the URL is unencrypted and not on this machine. */
function isPlainHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !isLoopback(hostname)
}

function textOf(
  { name, secret }: Setting<unknown>,
  environment: Record<string, string | undefined>,
): string | undefined {
  const file = secret ? environment[`${name}_FILE`] : undefined
  if (file === undefined) return environment[name] || undefined
  if (environment[name]) throw new Error(`and ${name}_FILE are both set`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Error(`cannot be read from ${name}_FILE (${thrown(error).code})`)
  }
}

export type SettingInUse = {
  name: string
  value: string
  source: 'default' | 'environment' | 'file'
  about: string
}

/** Every setting as text, for the operator. A secret is not shown, only whether it is set. */
export function settingsInUse(environment: Record<string, string | undefined> = process.env): SettingInUse[] {
  return allSettings.map(({ name, secret, fallback, about }) => {
    if (secret && environment[`${name}_FILE`]) return { name, value: '(secret)', source: 'file', about }
    const value = environment[name]
    if (!value) return { name, value: fallback.replaceAll('`', ''), source: 'default', about }
    return { name, value: secret ? '(secret)' : value, source: 'environment', about }
  })
}

const allSettings: readonly Setting<unknown>[] = Object.values(settings)

function unknownNames(environment: Record<string, string | undefined>): string[] {
  const known = new Set(allSettings.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])))
  return Object.keys(environment)
    .filter((name) => name.startsWith('ROSTER_') && !known.has(name))
    .map((name) => {
      const [meant] = [...known]
        .filter((each) => distance(each, name) < 4)
        .sort((a, b) => distance(a, name) - distance(b, name))
      return `${name} is not a setting; ${meant ? `did you mean ${meant}?` : '`roster config` lists all of them'}`
    })
}
