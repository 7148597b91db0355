/** Errors of the request message, and of the service as a whole. */
import type { Problem } from './problem.ts'

export const requestProblems = {
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    explanation:
      'The body must be one JSON value in UTF-8, without a byte order mark, without duplicate member names, and nested at most 16 levels deep.',
  },
  invalid_input: {
    status: 400,
    title: 'The input is not valid',
    explanation:
      'One or more fields of the body are not valid. `errors` names each of them with a JSON pointer, a code and a sentence.',
  },
  invalid_parameter: {
    status: 400,
    title: 'A parameter is not valid',
    explanation: 'A path or query parameter is invalid, unknown, or repeated. `errors` names each of them.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor is not valid',
    explanation:
      'Cursors come from the `Link` header of an earlier page and belong to that list, filter and order. Start again without one.',
  },
  invalid_filter: {
    status: 400,
    title: 'The filter is not valid',
    explanation:
      'The `filter` parameter follows the grammar of RFC 7644 §3.4.2.2. `errors` names the fault and its position.',
  },
  bad_request: {
    status: 400,
    title: 'The request is malformed',
    explanation: 'The HTTP message is not valid.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    explanation: 'There is no such resource, or the caller may not know that it exists.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    explanation: 'The `Allow` header lists the methods of this resource.',
  },
  not_acceptable: {
    status: 406,
    title: 'No acceptable representation',
    explanation: 'This resource cannot be sent in any of the media types of the `Accept` header.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    explanation: 'The connection is closed when a request is not complete in time.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    explanation: 'A body may have at most 64 KiB, unless the operation states another limit.',
  },
  uri_too_long: {
    status: 414,
    title: 'The address is too long',
    explanation: 'A path may have at most 8 KiB and a query string at most 4 KiB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type is not supported',
    explanation:
      'Send JSON in UTF-8, uncompressed, with `Content-Type: application/json` (or `application/merge-patch+json` for PATCH).',
  },
  expectation_failed: {
    status: 417,
    title: 'The expectation cannot be met',
    explanation: 'The only supported expectation is `100-continue`.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    explanation: 'The headers may have at most 16 KiB.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong',
    explanation: 'The error is in the service. Its log has the cause under the request id.',
  },
  dependency_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    explanation:
      'The database or another service does not answer. Try again after the number of seconds in the `Retry-After` header.',
  },
  overloaded: {
    status: 503,
    title: 'Too busy',
    explanation:
      'The service is overloaded. Try again after the number of seconds in the `Retry-After` header.',
  },
} as const satisfies Record<string, Problem>
