/** The secrets of authenticator apps of other systems in base32, if they use SHA-1, six digits and 30 seconds. */
import { base32, fromBase32 } from '../../../encoding/base32.ts'
import { isJsonObject } from '../../../encoding/json-object.ts'
import { type Fields, note, takeList } from './fields.ts'
import { openJson } from './json-value.ts'
import type { Members } from './source-record.ts'

/** `mfa_factors` in files for the bulk import of Auth0. */
export function totpSecretOfAuth0(fields: Fields): string | undefined {
  let found: string | undefined
  for (const factor of takeList(fields, 'mfa_factors')) {
    const { totp } = isJsonObject(factor) ? factor : {}
    const secret = isJsonObject(totp) ? totp['secret'] : undefined
    if (typeof secret === 'string' && fromBase32(secret) && found === undefined) found = secret
    else note(fields, 'the second factors are')
  }
  return found
}

/** Rows of GoTrue's `auth.mfa_factors`. The users of its admin API list factors without their secrets. */
export function totpSecretOfGoTrue(fields: Fields): string | undefined {
  let found: string | undefined
  for (const factor of takeList(fields, 'mfa_factors', 'factors')) {
    const { factor_type, status, secret } = isJsonObject(factor) ? factor : {}
    if (status === 'unverified') continue
    const isTotp = factor_type === 'totp' && typeof secret === 'string' && fromBase32(secret) !== undefined
    if (isTotp && found === undefined) found = secret
    else note(fields, 'the second factors are')
  }
  return found
}

/** A credential of type `otp`. Its secret is the bytes of the text, unless it is marked as base32. */
export function totpSecretOfKeycloak(credential: Members): string | undefined {
  const secrets = openJson(credential['secretData'])
  const data = openJson(credential['credentialData'])
  if (!isJsonObject(secrets) || !isJsonObject(data)) return undefined
  const { subType = 'totp', digits = 6, period = 30, algorithm = 'HmacSHA1', secretEncoding } = data
  const isUsual = subType === 'totp' && digits === 6 && period === 30 && algorithm === 'HmacSHA1'
  const { value } = secrets
  if (!isUsual || typeof value !== 'string' || value === '') return undefined
  if (secretEncoding === 'BASE32') return fromBase32(value) && value
  return base32(Buffer.from(value))
}
