/** A fault, what must hold, and what was measured. */
export type Row = { fault: string; criterion: string; measured: string; ok: boolean }

export type MachineFault = {
  name: string
  criterion: string
  happen(): Promise<{ measured: string; ok: boolean }>
}

/** Does what is wanted of the faults, one after the other. @param wanted parts of names; empty for all */
export async function tryFaults(faults: readonly MachineFault[], wanted: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, criterion, happen } of faults) {
    if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue
    const outcome = await happen().catch((error: Error) => ({ measured: error.message, ok: false }))
    rows.push({ fault: name, criterion, ...outcome })
    console.error(`${outcome.ok ? 'ok  ' : 'FAIL'} ${name}: ${outcome.measured}`)
  }
  return rows
}
