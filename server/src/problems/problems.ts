/**
 * Every error a client can see, by its stable code. A code never changes its meaning; new ones are added.
 */
import { accessProblems } from './access.ts'
import { requestProblems } from './request.ts'
import { stateProblems } from './state.ts'

export const problems = { ...requestProblems, ...accessProblems, ...stateProblems } as const
