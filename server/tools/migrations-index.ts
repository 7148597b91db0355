/** Run by itself, before the code that imports the list: it writes the list of the migrations. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../src/database/migrations')

/** The list of all migrations, by the numbers of their files. Imports are written out, so that a bundle has them. */
export function migrationsIndex(): string {
  const found = globSync('[0-9][0-9][0-9][0-9]-*.ts', { cwd: folder })
    .sort()
    .map((file) => ({ file, name: nameIn(file) }))
  return [
    '/** All migrations in the order they are applied, as `npm run generate` lists them. A released one never changes. */',
    '',
    ...found.map(({ file, name }) => `import { ${name} } from './${file}'`),
    "import type { Migration } from './migration.ts'",
    '',
    'export const migrations: readonly Migration[] = [',
    ...found.map(({ name }) => `  ${name},`),
    ']',
    '',
  ].join('\n')
}

function nameIn(file: string): string {
  const [, name] = /^export const (\w+): Migration = /m.exec(readFileSync(join(folder, file), 'utf8')) ?? []
  if (name === undefined) throw new Error(`${file} exports no Migration`)
  return name
}

if (import.meta.main) writeFileSync(join(folder, 'index.ts'), migrationsIndex())
