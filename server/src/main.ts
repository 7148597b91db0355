/** The command line: finds the command, checks its options, runs it, and turns its end into an exit code. */
import { parseArgs } from 'node:util'
import { type Command, type Input, UsageError } from './commands/usage.ts'
import { ConfigError } from './config.ts'
import { explain } from './database/explain.ts'
import { isAppError } from './errors.ts'
import { version } from './version.ts'

/** Each is loaded when it is wanted: a health check should not cost the whole service. */
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  'admin create': async () => (await import('./commands/admin.ts')).adminCreate,
  'users create': async () => (await import('./commands/users.ts')).usersCreate,
  'users list': async () => (await import('./commands/users.ts')).usersList,
  'users import': async () => (await import('./commands/users-import.ts')).usersImport,
  'users export': async () => (await import('./commands/users.ts')).usersExport,
  'keys rotate': async () => (await import('./commands/keys.ts')).keysRotate,
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/restore.ts')).restore,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  health: async () => (await import('./commands/health.ts')).health,
  openapi: async () => (await import('./commands/openapi.ts')).openapi,
}

/** Runs a command and ends the process: 0 done, 1 failed, 2 wrong usage, 3 some rows of an import failed. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    process.exitCode = await run(args)
  } catch (error) {
    // What was begun, a server that listens among it, does not keep the process.
    process.exit(report(error))
  }
}

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === '--version') {
    console.log(version)
    return 0
  }
  const command = await find(args)
  if (!command) {
    if (args.length === 0 || args[0] === '--help' || args[0] === 'help') {
      console.log(await overview())
      return 0
    }
    throw new UsageError(`There is no command "${args.slice(0, 2).join(' ')}"; see roster --help.`)
  }
  const options = {
    ...command.options,
    help: { type: 'boolean' as const, about: 'show this' },
    json: { type: 'boolean' as const, about: 'print JSON' },
  }
  const { values, positionals } = parsed(args.slice(command.name.split(' ').length), options, command)
  if (values['help']) {
    console.log(helpOf(command, options))
    return 0
  }
  if (positionals.length !== (command.positionals ?? []).length)
    throw new UsageError(helpOf(command, options))
  return command.run({ values, positionals, json: values['json'] === true })
}

async function find(args: readonly string[]): Promise<Command | undefined> {
  const name = [args.slice(0, 2).join(' '), args[0] ?? ''].find((words) => Object.hasOwn(commands, words))
  return name === undefined ? undefined : commands[name]!()
}

function parsed(args: readonly string[], options: Command['options'] & object, command: Command) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as {
      values: Input['values']
      positionals: string[]
    }
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${helpOf(command, options)}`)
  }
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()))
  const width = Math.max(...all.map(({ name }) => name.length))
  const lines = all.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`)
  return `roster ${version}

Usage: roster <command> [options]

${lines.join('\n')}

Every command has --help and --json. Settings come from the environment.`
}

function helpOf(command: Command, options: NonNullable<Command['options']>): string {
  const rows = Object.entries(options).map(
    ([name, { type, about, value }]) =>
      [`--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`, about] as const,
  )
  const width = Math.max(...rows.map(([left]) => left.length))
  const usage = ['roster', command.name, ...(command.positionals ?? []), '[options]'].join(' ')
  return `${command.about}\n\nUsage: ${usage}\n\n${rows.map(([left, about]) => `  ${left.padEnd(width)}  ${about}`).join('\n')}`
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
  console.error(`roster: ${(error as Error).stack ?? error}`)
  return 1
}
