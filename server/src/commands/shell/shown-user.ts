/** A user in a sentence: `alice <alice@example.com> (01a22744-…)`, or `mia (01a22744-…)` without an address. */
export function shownUser({ id, username, email }: { id: string; username: string; email: string | null }) {
  return email === null ? `${username} (${id})` : `${username} <${email}> (${id})`
}
