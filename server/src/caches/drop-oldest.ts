/** Removes the entry of a map or set that was added first. */
export function dropOldest<K>(entries: { keys(): Iterable<K>; delete(key: K): boolean }): void {
  for (const oldest of entries.keys()) {
    entries.delete(oldest)
    return
  }
}
