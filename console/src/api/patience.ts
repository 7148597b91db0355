/** How often a request is sent again that the busy server turned away. */
const retries = 3

/**
 * Sends a request, and again after a while when the server was too busy to look at it. Nothing has happened then, so
 * this is safe for every method.
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
