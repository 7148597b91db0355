/** How a file writes dates like 3/4/2024. Its rows tell it together: one with a 25 in it decides for all. */
import { type DayOrder, dayOrderOf, isDayOrMonthFirst } from './instants.ts'
import type { SourceRecord } from './source-record.ts'

/** The most records that are held back until one of them decides. */
const maxHeld = 10_000

/** The records with the order of their dates. Without a date of either order, nothing is held back. */
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
