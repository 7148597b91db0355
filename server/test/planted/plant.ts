/**
 * `npm run plant`: whether the tests notice ten classical faults. Each is planted into a copy of the sources, where the
 * tests that have to notice it are run on SQLite. Prints a table; ends with 1 when a fault stays unnoticed.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faults, type PlantedFault, planted } from './faults.ts'

const root = new URL('../../..', import.meta.url).pathname
const copied = ['server', 'sdk', 'bench', 'docs', 'package.json', 'tsconfig.json', 'README.md']
const linked = ['node_modules', 'console', 'deploy']

function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'roster-planted-'))
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
  for (const name of linked) symlinkSync(join(root, name), join(folder, name))
  return folder
}

function plant(folder: string, fault: PlantedFault): void {
  const path = join(folder, 'server/src', fault.file)
  writeFileSync(path, planted(fault, readFileSync(path, 'utf8')))
}

/** The names of the tests that fail; those of the suites around them are left out. */
function failing(folder: string, tests: readonly string[]): string[] {
  const files = tests.map((test) => `server/test/${test}`)
  const { stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...files], {
    cwd: folder,
    env: { ...process.env, TEST_ENGINES: 'sqlite', NODE_TEST_CONTEXT: undefined },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
  })
  const lines = [...stdout.matchAll(/^( *)not ok \d+ - (.+)$/gm)].map(([, indent = '', name = '']) => ({
    depth: indent.length,
    name,
  }))
  return lines
    .filter(({ depth }, at) => at === 0 || depth >= (lines[at - 1]?.depth ?? 0))
    .map(({ name }) => name)
}

const only = process.argv[2]
let unnoticed = 0
console.log('| fault | noticed by |\n|---|---|')
for (const fault of faults.filter(({ name }) => only === undefined || name.includes(only))) {
  const folder = copyOfSources()
  try {
    plant(folder, fault)
    const names = failing(folder, fault.tests)
    if (names.length === 0) unnoticed += 1
    const shown =
      names.length === 0
        ? '**nothing**'
        : `${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ''}`
    console.log(`| ${fault.name} | ${fault.tests.join(', ')}: ${shown} |`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
process.exitCode = unnoticed === 0 ? 0 : 1
