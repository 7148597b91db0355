/** The media types that a request sends and accepts (RFC 9110 §8.3, §12.5.1). */
import type { IncomingMessage } from 'node:http'
import { AppError } from '../../errors.ts'
import { problemJson } from '../problems/document.ts'
import type { RoutePlan } from '../route-plan.ts'

type Range = { type: string; subtype: string; weight: number }

/** Whether the headers announce a body. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** Refuses a body that the route does not read, by its headers alone. @throws unsupported_media_type */
export function checkContentType(request: IncomingMessage, plan: RoutePlan): void {
  const contentType = request.headers['content-type']
  if (contentType === undefined) {
    if (hasBody(request)) throw new AppError('unsupported_media_type', { detail: wanted(plan) })
    return
  }
  const coding = request.headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', {
      detail: 'Send the body without Content-Encoding.',
      // RFC 9110 §15.5.16: the accepted media types.
      headers: { 'accept-encoding': 'identity' },
    })
  }
  if (plan.consumes.includes(contentType)) return
  const [type, charset] = splitContentType(contentType)
  if (type === undefined || !plan.consumes.includes(type)) {
    const isForm = type === 'application/x-www-form-urlencoded'
    const hint = isForm ? ' `curl -d` sends a form: add `-H "content-type: application/json"`.' : ''
    throw new AppError('unsupported_media_type', { detail: `${wanted(plan)}${hint}` })
  }
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new AppError('unsupported_media_type', { detail: 'Send the body in UTF-8.' })
  }
}

function wanted({ consumes }: RoutePlan): string {
  return consumes.length === 0
    ? 'This operation takes no body.'
    : `Send \`Content-Type: ${consumes.join('` or `')}\`.`
}

function splitContentType(text: string): [type: string | undefined, charset: string | undefined] {
  const [head = '', ...parameters] = text.split(';')
  const type = head.trim().toLowerCase()
  if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type)) return [undefined, undefined]
  let charset: string | undefined
  for (const parameter of parameters) {
    const match = /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/i.exec(parameter)
    if (match) charset = match[1]!.toLowerCase()
  }
  return [type, charset]
}

const remembered = new Map<string, Range[]>()

/**
 * The first of the route's media types with the highest weight in the `Accept` header; without the header, the first one.
 * Problem documents are JSON, so accepting them accepts JSON.
 * @throws not_acceptable
 */
export function negotiate(accept: string | undefined, produces: readonly string[]): string {
  if (accept === undefined || accept === '*/*' || accept === '') return produces[0]!
  const ranges = acceptedRanges(accept)
  let best: string | undefined
  let bestWeight = 0
  for (const candidate of produces) {
    const weight = weightOf(candidate, ranges)
    if (weight > bestWeight) {
      best = candidate
      bestWeight = weight
    }
  }
  // A client that accepts only problem documents gets the errors of any operation.
  if (best === undefined && weightOf(problemJson, ranges) > 0) best = produces[0]
  if (best === undefined)
    throw new AppError('not_acceptable', { detail: `Accept one of ${produces.join(', ')}.` })
  return best
}

/** Whether the `Accept` header contains a media type and prefers it to another one. */
export function prefers(accept: string | undefined, type: string, other: string): boolean {
  if (!accept?.includes(type)) return false
  const ranges = acceptedRanges(accept)
  return weightOf(type, ranges) > weightOf(other, ranges)
}

function acceptedRanges(accept: string): Range[] {
  const known = remembered.get(accept)
  if (known) return known
  const ranges = accept.split(',').flatMap(readRange)
  if (accept.length <= 256) {
    if (remembered.size >= 200) remembered.clear()
    remembered.set(accept, ranges)
  }
  return ranges
}

function readRange(text: string): Range[] {
  const [head = '', ...parameters] = text.split(';')
  const [type, subtype] = head.trim().toLowerCase().split('/')
  if (!type || !subtype) return []
  const quality = parameters
    .map((one) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(one))
    .find((match) => match)
  return [{ type, subtype, weight: quality ? Number(quality[1]) : 1 }]
}

/** The weight of the most specific matching range; 0 without a match. */
function weightOf(candidate: string, ranges: readonly Range[]): number {
  const [type = '', subtype = ''] = candidate.split('/')
  let weight = 0
  let specific = -1
  for (const range of ranges) {
    const rank = rankOf(range, type, subtype)
    if (rank > specific) {
      specific = rank
      weight = range.weight
    }
  }
  return weight
}

function rankOf(range: Range, type: string, subtype: string): number {
  if (range.type === '*' && range.subtype === '*') return 0
  if (range.type !== type) return -1
  if (range.subtype === '*') return 1
  if (range.subtype === subtype) return 3
  return subtype === 'json' && range.subtype === 'problem+json' ? 2 : -1
}

/** Whether an `Accept-Encoding` contains the coding, with a quality above 0. */
export function accepts(header: string | string[] | undefined, coding: 'br' | 'gzip'): boolean {
  const parts = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((each) => each.trim()))
  const [, quality] = parts.find(([name]) => name === coding) ?? []
  return parts.some(([name]) => name === coding) && !/^q=0(\.0*)?$/.test(quality ?? '')
}

/** The best coding that the header allows; null for none. */
export function encodingFor(header: string | string[] | undefined): 'br' | 'gzip' | null {
  if (accepts(header, 'br')) return 'br'
  return accepts(header, 'gzip') ? 'gzip' : null
}
