/** How and when the user of a session signed in, as the protocol states it. */
import { nowMs } from '../../../clock.ts'

export type Authentication = { acr: string; amr: string[]; at: string }

export function epochSecondsOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000)
}

export function levelOf(
  session: Authentication | undefined,
): Pick<Authentication, 'acr' | 'amr'> | undefined {
  return session && { acr: session.acr, amr: session.amr }
}

/** Whether the application requires a later sign-in (`max_age`). */
export function isPast(
  signedInAt: number,
  params: Record<string, unknown>,
  prompt: { reasons: string[] },
): boolean {
  return prompt.reasons.includes('max_age') && nowMs() / 1000 - signedInAt > Number(params['max_age'])
}
