/** The output of `--help`. */
import { distance } from '../../encoding/distance.ts'
import { version } from '../../runtime/version.ts'
import type { Command } from '../usage.ts'

export const exitCodes = `Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  needs confirmation (--yes), or only a part was done: some rows of an import failed`

export function overview(commands: readonly Command[]): string {
  return `roster ${version}

Usage: roster <command> [options]

${listOf(commands)}

Every command has --help and --json. Settings come from the environment: roster config shows them. Commands work beside
a running service and while it is stopped; only serve and migrate create a database.

${exitCodes}`
}

export function groupHelp(group: string, commands: readonly Command[]): string {
  const examples = commands.map(({ name, examples: [first = ''] = [] }) =>
    `  roster ${name} ${first}`.trimEnd(),
  )
  return `Usage: roster ${group} <command> [options]

${listOf(commands)}

Examples:
${examples.join('\n')}

roster ${group} <command> --help shows the options of a command.`
}

function listOf(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  // The text after the first semicolon or full stop is shown only in the help of the command itself.
  const short = (about: string) => about.split(/[;.] /)[0]
  return commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${short(about)}`).join('\n')
}

export function helpOf(command: Command, options: NonNullable<Command['options']>): string {
  const { name, about, positionals = [], examples = [] } = command
  const rows = Object.entries(options).map(
    ([option, { type, about: what, value }]) =>
      [`--${option}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`, what] as const,
  )
  const width = Math.max(...rows.map(([left]) => left.length))
  const parts = [
    about,
    `Usage: ${['roster', name, ...positionals, '[options]'].join(' ')}`,
    rows.map(([left, what]) => `  ${left.padEnd(width)}  ${what}`).join('\n'),
    ...(examples.length === 0
      ? []
      : [`Examples:\n${examples.map((each) => `  roster ${name} ${each}`.trimEnd()).join('\n')}`]),
  ]
  return parts.join('\n\n')
}

/** The names that are most similar to the typed text. */
export function nearest(typed: string, names: readonly string[]): string[] {
  const [, second] = typed.split(' ')
  const alike = names.filter((name) => distance(name, typed) < 3)
  return alike.length > 0 || second === undefined
    ? alike
    : names.filter((name) => name.split(' ')[1] === second)
}
