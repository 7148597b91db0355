/**
 * Limits the memory of concurrent verifications of imported hashes. Our hashes take 19 MiB each and are limited by the
 * queue; a hash of another system may take 256 MiB, and two of them would not fit into a small container.
 */
import type { Cost } from './hashes/index.ts'

export type HashBudget = {
  /** Runs `work` when enough memory is free. One verification always runs, even if it exceeds the budget alone. */
  run<T>(cost: Cost, work: () => Promise<T>): Promise<T>
  /** The work done so far, in the unit of `Cost`, and the highest memory use. */
  spent(): { work: number; mostKiB: number }
}

export function createHashBudget(memoryMiB: number): HashBudget {
  const memoryKiB = memoryMiB * 1024
  const waiting: { cost: Cost; start(): void }[] = []
  let running = 0
  let taken = 0
  let work = 0
  let mostKiB = 0

  const fits = (cost: Cost) => cost.memoryKiB === 0 || running === 0 || taken + cost.memoryKiB <= memoryKiB
  const take = (cost: Cost) => {
    if (cost.memoryKiB > 0) running += 1
    taken += cost.memoryKiB
    mostKiB = Math.max(mostKiB, taken)
  }
  const giveBack = (cost: Cost) => {
    if (cost.memoryKiB > 0) running -= 1
    taken -= cost.memoryKiB
    // Waiting work is started in order of arrival, so that small work does not delay large work forever.
    while (waiting[0] && fits(waiting[0].cost)) waiting.shift()!.start()
  }

  return {
    async run(cost, task) {
      const isFree = cost.memoryKiB === 0 || (waiting.length === 0 && fits(cost))
      if (isFree) take(cost)
      else
        await new Promise<void>((resolve) => {
          waiting.push({
            cost,
            start() {
              take(cost)
              resolve()
            },
          })
        })
      work += cost.work
      try {
        return await task()
      } finally {
        giveBack(cost)
      }
    },
    spent: () => ({ work, mostKiB }),
  }
}
