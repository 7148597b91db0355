/** The media type and the errors of SCIM (RFC 7644 §3.12). */
import type { AppError, ErrorCode } from '../errors.ts'

export const scimJson = 'application/scim+json'

const keywords: Partial<Record<ErrorCode, string>> = {
  malformed_json: 'invalidSyntax',
  invalid_input: 'invalidValue',
  invalid_filter: 'invalidFilter',
  username_taken: 'uniqueness',
  email_taken: 'uniqueness',
  external_id_taken: 'uniqueness',
  already_exists: 'uniqueness',
  field_not_writable: 'mutability',
}

/** Whether a request is for SCIM, also if there is no such route. */
export function isScim(url: string): boolean {
  return url.startsWith('/scim/')
}

export function scimErrorBody(error: AppError): Record<string, unknown> {
  const errors = error.errors ?? []
  const isMisshapen = errors.some(({ pointer }) => pointer === '')
  const scimType = error.members?.['scimType'] ?? (isMisshapen ? 'invalidSyntax' : keywords[error.code])
  const faults = errors.map(({ pointer, detail }) => (pointer ? `${pointer.slice(1)}: ${detail}` : detail))
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(error.status),
    ...(scimType !== undefined && { scimType }),
    detail: faults.length > 0 ? faults.slice(0, 10).join(' ') : error.detail,
  }
}
