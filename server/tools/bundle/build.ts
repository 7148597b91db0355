/**
 * Builds `dist/roster`, or the folder that is named: Roster as one JavaScript file, one for each of its threads, their source maps, and beside them the native
 * parts of this machine, the web interface, the texts of mails and pages, and the licences of what is in it.
 */
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { licencesOf } from './licences.ts'

const root = join(import.meta.dirname, '../../..')
const target = resolve(process.argv[2] ?? join(root, 'dist/roster'))
const files = join(target, 'files')
const nativeLoader = join(import.meta.dirname, 'native.cjs')
/** Threads, and what is read only where it is wanted. */
const apart = [
  'server/src/database/sqlite/scan-worker',
  'server/src/backup/backup-thread',
  'server/src/tracing/open-telemetry',
]

const ownRequire = 'createRequire(import.meta.url)'

/** Native packages are replaced by the loader, and what is required when it is first used becomes part of the bundle. */
const ownLoading: Plugin = {
  name: 'own-loading',
  load(id) {
    const name = /@node-rs\/(argon2\/index|bcrypt\/binding)\.js$/
      .exec(id.replaceAll('\\', '/'))?.[1]
      ?.split('/')[0]
    return name && `module.exports = require(${JSON.stringify(nativeLoader)}).loadNative('${name}')`
  },
  transform(code, id) {
    if (!id.endsWith('.ts') || !code.includes(ownRequire)) return
    if (/createRequire\(import\.meta\.url\)(?!\()/.test(code))
      throw new Error(`${id}: call createRequire(import.meta.url) with the name of the package at once`)
    return { code: code.replaceAll(ownRequire, 'require'), map: null }
  },
}

rmSync(target, { recursive: true, force: true })
const modules = await bundle('server/bin/bundled.js', 'server.cjs')
for (const name of apart) modules.push(...(await bundle(`${name}.ts`, `files/${name}.cjs`)))
cpSync(join(import.meta.dirname, 'entry.cjs'), join(target, 'roster.cjs'))
chmodSync(join(target, 'roster.cjs'), 0o755)
copyNativeParts()
for (const path of globSync(
  [
    'server/src/mail/templates/**',
    'server/src/pages/*.{css,js}',
    'server/src/texts/*.json',
    'server/src/http/*.svg',
    'server/src/http/openapi/examples.json',
    'server/src/http/reference/*.{css,js}',
    'console/dist/**',
  ],
  { cwd: root, withFileTypes: true },
)) {
  if (!path.isFile()) continue
  const from = join(path.parentPath, path.name)
  cpSync(from, join(files, from.slice(root.length)))
}
writeFileSync(join(target, 'LICENCES.txt'), licencesOf(root, modules))
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))

/** @returns the files that are in it */
async function bundle(input: string, output: string): Promise<string[]> {
  const build = await rolldown({
    input: join(root, input),
    platform: 'node',
    external: ['pg-native'],
    plugins: [ownLoading],
    checks: { eval: false },
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  const { output: written } = await build.write({
    file: join(target, output),
    format: 'cjs',
    codeSplitting: false,
    sourcemap: true,
  })
  await build.close()
  const path = join(target, output)
  writeFileSync(path, asciiOnly(readFileSync(path, 'utf8')))
  return written.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
}

/** Node keeps a text in one byte for each character when it can; one letter of another script would double it. */
function asciiOnly(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function copyNativeParts(): void {
  mkdirSync(join(target, 'native'))
  const parts = globSync('node_modules/@node-rs/*/*.node', { cwd: root })
  for (const name of ['argon2', 'bcrypt']) {
    const own = parts.filter((path) => basename(path).startsWith(`${name}.`))
    if (own.length === 0) throw new Error(`npm ci brought no native part of ${name} for this system`)
    for (const path of own) cpSync(join(root, path), join(target, 'native', basename(path)))
  }
}
