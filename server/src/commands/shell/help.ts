/** What `--help` shows. */
import { distance } from '../../encoding/distance.ts'
import { version } from '../../version.ts'
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

export const groupHelp = (group: string, commands: readonly Command[]): string =>
  `Usage: roster ${group} <command> [options]\n\n${listOf(commands)}\n\nroster ${group} <command> --help says more.`

function listOf(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')
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

/** The names that look most like what was typed. */
export function nearest(typed: string, names: readonly string[]): string[] {
  const words = typed.split(' ')
  return names.filter((name) => {
    const known = name.split(' ')
    return (
      known[0] === words[0] || (words[1] !== undefined && known[1] === words[1]) || distance(name, typed) < 3
    )
  })
}
