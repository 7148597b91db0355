/** The input of a command. */

export type Option = { type: 'string' | 'boolean'; about: string; value?: string; multiple?: true }

export type Input = {
  values: Record<string, string | boolean | string[] | undefined>
  positionals: readonly string[]
  json: boolean
}

/** Wrong usage: the message is shown, and the exit code is 2. */
export class UsageError extends Error {}
