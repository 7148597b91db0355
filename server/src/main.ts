/** The command line: finds the command, checks its options, runs it and sets the exit code. */
import { parseArgs } from 'node:util'
import { commandList, commandNames, findCommand } from './commands/catalogue.ts'
import { connect, remoteOptions } from './commands/remote/remote.ts'
import { groupHelp, helpOf, nearest, overview } from './commands/shell/help.ts'
import { type Command, type Input, UsageError } from './commands/usage.ts'
import { ConfigError } from './config.ts'
import { explain } from './database/explain.ts'
import { asError, isAppError, thrown } from './errors.ts'
import { version } from './runtime/version.ts'

/** Runs a command and sets the exit code: 0 done, 1 failed, 2 wrong usage, 3 needs confirmation or only partly done. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    process.exitCode = await run(args)
  } catch (error) {
    // Open handles, such as a listening server, must not keep the process alive.
    process.exit(report(error))
  }
}

/** Runs a command in this process. @returns the exit code */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    return await run(args)
  } catch (error) {
    return report(error)
  }
}

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === '--version') {
    console.log(version)
    return 0
  }
  if (args.length === 0 || args[0] === '--help') {
    console.log(overview(await commandList()))
    return 0
  }
  if (args[0] === 'help') return run([...args.slice(1), '--help'])
  const command = await findCommand(args)
  if (!command) return helpForGroup(args)
  const options = {
    ...command.options,
    ...(command.remote && remoteOptions),
    help: { type: 'boolean' as const, about: 'show this' },
    json: { type: 'boolean' as const, about: 'print JSON' },
  }
  if (!command.remote && args.some((argument) => /^--url(=|$)/.test(argument)))
    throw new UsageError(
      `roster ${command.name} has no --url: it works on the settings, the database or the files of this machine.`,
    )
  const { values, positionals } = parsed(args.slice(command.name.split(' ').length), options, command)
  if (values['help']) {
    console.log(helpOf(command, options))
    return 0
  }
  const wanted = command.positionals ?? []
  if (positionals.length !== wanted.length) {
    const reason =
      positionals.length < wanted.length
        ? `${wanted[positionals.length]} is missing.`
        : `"${positionals[wanted.length]}" is more than this command takes.`
    throw new UsageError(`${reason}\n\n${helpOf(command, options)}`)
  }
  const input = { values, positionals, json: values['json'] === true }
  if (values['url'] === undefined || !command.remote)
    return command.run(input).catch((error: unknown) => {
      throw absent(error, wanted, positionals) ?? error
    })
  return command.remote(input, connect(input))
}

const things: Readonly<Record<string, string>> = { JOB: 'job', ROLE: 'role', ID: 'API key' }

/** The message for an argument that does not exist: `There is no job 17`. */
function absent(
  error: unknown,
  [wanted = '']: readonly string[],
  [given = '']: readonly string[],
): ConfigError | null {
  const kind = things[wanted]
  const isAbsent = kind !== undefined && isAppError(error) && error.code === 'not_found'
  return isAbsent ? new ConfigError(`There is no ${kind} ${given}`) : null
}

/** `roster users` and `roster users --help` list the commands of the group. @throws UsageError for anything else */
async function helpForGroup(args: readonly string[]): Promise<number> {
  const [group = '', second] = args
  const own = await commandList(group)
  const wantsHelp = second === undefined || second === '--help'
  if (own.length > 0 && wantsHelp) {
    console.log(groupHelp(group, own))
    return second === undefined ? 2 : 0
  }
  const typed = args
    .slice(0, 2)
    .filter((each) => !each.startsWith('-'))
    .join(' ')
  const near = nearest(typed, commandNames)
  const hint = near.length > 0 ? `\nDid you mean ${near.map((name) => `roster ${name}`).join(', ')}?` : ''
  const help = own.length > 0 ? `roster ${group} --help` : 'roster --help'
  throw new UsageError(`There is no command "${typed}"; see ${help}.${hint}`)
}

function parsed(args: readonly string[], options: Command['options'] & object, command: Command) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as {
      values: Input['values']
      positionals: string[]
    }
  } catch (error) {
    // After the reason, Node adds an explanation of quoting.
    const [reason = ''] = thrown(error).message.split('. ')
    throw new UsageError(`${reason.replace(/\.?$/, '.')}\n\n${helpOf(command, options)}`)
  }
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    console.error(error.message)
    return 2
  }
  if (error instanceof ConfigError) {
    for (const line of error.message.split('\n')) console.error(`roster: ${line}`)
    return 1
  }
  const explanation = explain(error)
  if (explanation) {
    console.error(`roster: ${explanation.reason}`)
    return 1
  }
  if (isAppError(error)) {
    console.error(`roster: ${error.detail} (${error.code})`)
    for (const fault of error.errors ?? [])
      console.error(`  ${fault.pointer}: ${fault.detail} (${fault.code})`)
    return 1
  }
  console.error(`roster: ${asError(error).stack}`)
  return 1
}
