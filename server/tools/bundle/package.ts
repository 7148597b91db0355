/** Makes the npm package `dist/package` from the bundle: the native parts and a Node 24 are packages that npm chooses. */
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import root from '../../../package.json' with { type: 'json' }
import server from '../../package.json' with { type: 'json' }

const dist = join(import.meta.dirname, '../../../dist')
const target = join(dist, 'package')
const left = new Set(['native', '.cache'])

rmSync(target, { recursive: true, force: true })
cpSync(join(dist, 'roster'), target, { recursive: true, filter: (path) => !left.has(basename(path)) })
const native = Object.entries(server.dependencies).filter(([name]) => name.startsWith('@node-rs/'))
const manifest = {
  // The name `roster` belongs to another package.
  name: 'roster-server',
  version: server.version,
  description: root.description,
  license: root.license,
  bin: { roster: 'roster.cjs' },
  dependencies: Object.fromEntries(native),
  optionalDependencies: root.optionalDependencies,
}
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
writeFileSync(
  join(target, 'README.md'),
  `# Roster

A self-hosted user-management service. \`npx roster-server serve\` starts it on port 8000 with a SQLite database in
\`./data\`; \`npx roster-server --help\` lists the other commands.
`,
)
