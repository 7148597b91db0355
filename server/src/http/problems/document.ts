import type { AppError, Fault } from '../../errors.ts'
import { problems } from '../../problems/problems.ts'

export const problemJson = 'application/problem+json'

const maxFaults = 50
const maxFaultBytes = 14 * 1024

/** The problem document; `instance` is the request id. */
export function problemDocument(error: AppError, publicUrl: string, requestId: string): string {
  return JSON.stringify({
    type: `${publicUrl}/problems/${error.code}`,
    title: problems[error.code].title,
    status: error.status,
    detail: error.detail,
    instance: requestId,
    code: error.code,
    errors: error.errors && shownFaults(error.errors),
    ...error.members,
  })
}

function shownFaults(faults: readonly Fault[]): Fault[] {
  const shown: Fault[] = []
  let bytes = 0
  for (const fault of faults.slice(0, maxFaults)) {
    bytes += Buffer.byteLength(fault.pointer) + Buffer.byteLength(fault.detail) + fault.code.length + 50
    if (bytes > maxFaultBytes) break
    shown.push(fault)
  }
  return shown
}
