import type { JsonObject } from '../../../encoding/json-object.ts'
import { readArgon2 } from './argon2.ts'
import { readBcrypt } from './bcrypt.ts'
import { findObject, textOf } from './json.ts'
import { readPbkdf2 } from './pbkdf2.ts'
import { malformed, type Reading, unsupportedAlgorithm } from './reading.ts'

/** Keycloak's versions of Argon2, in the notation of PHC strings. */
const argon2Versions: Record<string, number> = { '1.0': 16, '1.3': 19 }

/** A password credential of Keycloak; `secretData` and `credentialData` may be objects or JSON text. */
export function readKeycloak(encoded: string): Reading {
  const credential = findObject(encoded)
  const secret = findObject(credential?.['secretData'])
  const data = findObject(credential?.['credentialData'])
  if (!secret || !data) return malformed('Keycloak')

  const algorithm = textOf(data['algorithm'])
  // Plug-ins for bcrypt and others store the complete hash as the value.
  const value = textOf(secret['value'])
  if (value.startsWith('$2')) return readBcrypt(value)
  if (value.startsWith('$argon2')) return readArgon2(value)
  const iterations = textOf(data['hashIterations'])
  const tail = `${textOf(secret['salt'])}$${textOf(secret['value'])}`
  if (algorithm === 'argon2') return readArgon2(argon2Text(data, iterations, tail))
  if (/^pbkdf2(-sha\d+)?$/.test(algorithm)) return readPbkdf2(`$${algorithm}$i=${iterations}$${tail}`)
  return unsupportedAlgorithm('Keycloak', algorithm)
}

function argon2Text(data: JsonObject, iterations: string, tail: string): string {
  const parameters = findObject(data['additionalParameters'])
  const parameter = (name: string) => {
    const value = parameters?.[name]
    return textOf(Array.isArray(value) ? value[0] : value)
  }
  const version = argon2Versions[parameter('version')]
  const cost = `m=${parameter('memory')},t=${iterations},p=${parameter('parallelism')}`
  return `$argon2${parameter('type')}$v=${version}$${cost}$${tail}`
}

/** The stored text of a Keycloak credential: its two members, in compact JSON. */
export function keycloakCredential(credential: { secretData?: unknown; credentialData?: unknown }): string {
  const { secretData, credentialData } = credential
  return JSON.stringify({ secretData: asText(secretData), credentialData: asText(credentialData) })
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
