/** The probability that a value of `some` is larger than one of `others`: 0.5 when they cannot be told apart. */
export function areaUnderCurve(some: readonly number[], others: readonly number[]): number {
  let wins = 0
  for (const a of some) for (const b of others) wins += a > b ? 1 : a === b ? 0.5 : 0
  return wins / (some.length * others.length)
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
