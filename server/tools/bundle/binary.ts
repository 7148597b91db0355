/**
 * Builds one executable from the bundle in `dist/roster` and this Node, for the system that it runs on, and packs it:
 * `dist/bin/roster` and `dist/roster-VERSION-SYSTEM.tar.gz` with its checksum.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { inject } from 'postject'
import server from '../../package.json' with { type: 'json' }

const dist = join(import.meta.dirname, '../../../dist')
const bundle = join(dist, 'roster')
const work = join(dist, 'bin')
const fileName = process.platform === 'win32' ? 'roster.exe' : 'roster'
const executable = join(work, fileName)
/** Node looks for the blob under this name, and for this text in itself to see whether there is one. */
const blobName = 'NODE_SEA_BLOB'
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
/** Part of the executable, so that nobody has to set it; the code is compiled under the same flags, else V8 refuses it. */
const flags = ['--max-semi-space-size=2']

rmSync(work, { recursive: true, force: true })
mkdirSync(work)
const main = join(work, 'main.cjs')
const blob = join(work, 'roster.blob')
const settings = join(work, 'sea.json')
writeFileSync(
  main,
  `${readFileSync(join(bundle, 'server.cjs'), 'utf8').replace(/\n\/\/# sourceMappingURL.*$/, '')}\nstart()\n`,
)
writeFileSync(
  settings,
  JSON.stringify({
    main,
    output: blob,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgv: flags,
    assets: assets(),
  }),
)
execFileSync(process.execPath, [...flags, '--experimental-sea-config', settings], { stdio: 'inherit' })
copyFileSync(process.execPath, executable)
chmodSync(executable, 0o755)
if (process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', executable])
await inject(executable, blobName, readFileSync(blob), {
  sentinelFuse: fuse,
  ...(process.platform === 'darwin' && { machoSegmentName: 'NODE_SEA' }),
})
if (process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', executable])
for (const path of [main, blob, settings]) rmSync(path)
for (const name of ['LICENSE', 'LICENCES.txt']) copyFileSync(join(bundle, name), join(work, name))

const archive = join(dist, `roster-${server.version}-${process.platform}-${process.arch}.tar.gz`)
execFileSync('tar', ['-czf', archive, '-C', work, fileName, 'LICENSE', 'LICENCES.txt'])
const digest = createHash('sha256').update(readFileSync(archive)).digest('hex')
writeFileSync(`${archive}.sha256`, `${digest}  ${basename(archive)}\n`)
console.log(`${executable} and ${archive}`)

/** What the code reads, by the names that it reads it under. */
function assets(): Record<string, string> {
  const found: Record<string, string> = {}
  const files = join(bundle, 'files')
  for (const entry of globSync('**', { cwd: files, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && !entry.name.endsWith('.map'))
      found[relative(files, path).replaceAll('\\', '/')] = path
  }
  for (const name of ['argon2', 'bcrypt']) {
    const parts = globSync(`native/${name}.${process.platform}-${process.arch}*.node`, { cwd: bundle })
    const part = parts.find((path) => !path.includes('musl')) ?? parts[0]
    if (part === undefined) throw new Error(`${bundle}/native has no ${name} for this system`)
    found[`native/${name}.node`] = join(bundle, part)
  }
  return found
}
