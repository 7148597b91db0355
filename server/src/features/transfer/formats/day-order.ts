/** The order of day and month in dates like 3/4/2024 of a file. One row with a number above 12 decides for all. */
import { type DayOrder, dayOrderOf, isDayOrMonthFirst } from './instants.ts'
import type { SourceRecord } from './source-record.ts'

/** The maximum of records that wait until one of them decides. */
const maxHeld = 10_000

/** The records with the order of their dates. Without an ambiguous date, no record waits. */
export async function* withDayOrder(
  batches: AsyncIterable<SourceRecord[]>,
): AsyncGenerator<{ records: SourceRecord[]; dayOrder: DayOrder | undefined }> {
  let held: SourceRecord[] = []
  let isOpen = false
  let dayOrder: DayOrder | undefined
  for await (const records of batches) {
    for (const record of dayOrder === undefined ? records : []) {
      const values = 'members' in record ? Object.values(record.members) : []
      isOpen ||= values.some(isDayOrMonthFirst)
      dayOrder = isOpen ? values.map(dayOrderOf).find((order) => order !== undefined) : undefined
      if (dayOrder !== undefined) break
    }
    held = held.length === 0 ? records : [...held, ...records]
    if (isOpen && dayOrder === undefined && held.length < maxHeld) continue
    yield { records: held, dayOrder }
    held = []
  }
  if (held.length > 0) yield { records: held, dayOrder }
}
