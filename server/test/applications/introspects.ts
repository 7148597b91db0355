import type { Service } from '../harness.ts'

/** Whether a token of our own API is active, in the answer to an application with a secret (RFC 7662). */
export async function introspects(
  service: Service,
  application: { client_id: string; client_secret: string },
  token: string,
): Promise<boolean> {
  const { client_id: username, client_secret: password } = application
  const answer = await service.call('POST', '/oauth2/introspect', {
    as: { username, password },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token }).toString(),
  })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body.active
}
