/** The previous and the next user, in the order of the list from which the page was opened. */
let order: readonly string[] = []

export function rememberOrder(ids: readonly string[]): void {
  order = ids
}

export function neighboursOf(id: string): { previous: string | undefined; next: string | undefined } {
  const at = order.indexOf(id)
  return at === -1
    ? { previous: undefined, next: undefined }
    : { previous: order[at - 1], next: order[at + 1] }
}
