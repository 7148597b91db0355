/** The maximum number of repetitions of a request that an overloaded server refused. */
const retries = 3

/**
 * Sends a request, and repeats it later if the overloaded server refused it unread. Such a request has changed nothing,
 * so this is safe for every method.
 */
export async function fetchPatiently(url: string, options: RequestInit): Promise<Response> {
  for (let turn = 0; ; turn += 1) {
    const response = await fetch(url, options)
    if (response.status !== 503 || turn === retries) return response
    const { code } = (await response
      .clone()
      .json()
      .catch(() => ({}))) as { code?: string }
    if (code !== 'overloaded') return response
    const seconds = Number(response.headers.get('retry-after') ?? 1)
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 3) * 1000))
  }
}
