const flags = new Map<string, boolean>([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
])

/** What a word of a flag says; undefined when it is none. */
export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'object' ? undefined : flags.get(String(value).trim().toLowerCase())
}
