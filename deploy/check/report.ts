/** Collects what was checked and what is wrong with it. */
export type Report = {
  /** Says that `subject` was checked; `faults` are printed, and any of them fails the run. */
  checked(subject: string, faults?: readonly string[]): void
  /** Says what could not be checked on this machine. */
  skipped(subject: string, reason: string): void
}

export function createReport(print: (line: string) => void) {
  let failed = 0
  let passed = 0
  const report: Report = {
    checked(subject, faults = []) {
      if (faults.length === 0) passed += 1
      else failed += 1
      print(`${faults.length === 0 ? 'ok     ' : 'wrong  '} ${subject}`)
      for (const fault of faults) print(`          ${fault}`)
    },
    skipped(subject, reason) {
      print(`skipped ${subject}: ${reason}`)
    },
  }
  return { report, totals: () => ({ passed, failed }) }
}
