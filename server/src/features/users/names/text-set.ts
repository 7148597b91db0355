import { hash } from 'node:crypto'

const shardCount = 16
const slotsAtFirst = 64
const fullness = 0.85
const growth = 1.5

/**
 * A set of millions of texts in little memory: 64 bits of the SHA-256 of each, in 10 to 14 bytes. In a set of four
 * million, the chance that two texts collide is one in two million.
 */
export function createTextSet() {
  // The parts of the table grow one at a time, so that each copy is small.
  const shards = Array.from({ length: shardCount }, createShard)
  let isEmpty = true
  return {
    has(text: string): boolean {
      if (isEmpty) return false
      const [high, low] = digestOf(text)
      return shards[low % shardCount]!.has(high, low)
    },
    add(text: string): void {
      isEmpty = false
      const [high, low] = digestOf(text)
      shards[low % shardCount]!.add(high, low)
    },
  }
}

/** Pairs of numbers in a hash table with open addressing; two zeros are a free slot. */
function createShard() {
  let slots = new Uint32Array(2 * slotsAtFirst)
  let size = 0

  /** The slot of the pair, or the free slot where it belongs. */
  const slotOf = (high: number, low: number): number => {
    const count = slots.length / 2
    let at = high % count
    while (!isFree(at) && (slots[2 * at] !== high || slots[2 * at + 1] !== low)) at = (at + 1) % count
    return at
  }
  const isFree = (at: number) => slots[2 * at] === 0 && slots[2 * at + 1] === 0
  const put = (high: number, low: number) => {
    const at = slotOf(high, low)
    if (isFree(at)) size += 1
    slots[2 * at] = high
    slots[2 * at + 1] = low
  }
  const grow = () => {
    const before = slots
    slots = new Uint32Array(2 * Math.ceil((growth * before.length) / 2))
    size = 0
    for (let at = 0; at < before.length; at += 2)
      if (before[at] !== 0 || before[at + 1] !== 0) put(before[at]!, before[at + 1]!)
  }

  return {
    has: (high: number, low: number): boolean => !isFree(slotOf(high, low)),
    add(high: number, low: number): void {
      if (size >= fullness * (slots.length / 2)) grow()
      put(high, low)
    },
  }
}

/** The pair of numbers for a text; never two zeros. */
function digestOf(text: string): [number, number] {
  const hex = hash('sha256', text, 'hex')
  return [Number.parseInt(hex.slice(0, 8), 16), Number.parseInt(hex.slice(8, 16), 16) || 1]
}
