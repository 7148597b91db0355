/**
 * Makes the package that is published, in `sdk/dist`: JavaScript and declarations, since no runtime but Node 24 reads
 * TypeScript inside a package. The workspace itself imports the sources.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const sdk = join(import.meta.dirname, '..')
const dist = process.argv[2] ?? join(sdk, 'dist')
const source = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8'))

const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
rmSync(dist, { recursive: true, force: true })
const args = [join(compiler, 'bin/tsc'), '-p', join(sdk, 'tsconfig.build.json'), '--outDir', dist]
execFileSync(process.execPath, args, { stdio: 'inherit' })

// The compiler leaves `./call.ts` in declarations.
for (const file of globSync('**/*.d.ts', { cwd: dist })) {
  const text = readFileSync(join(dist, file), 'utf8')
  writeFileSync(join(dist, file), text.replace(/(from |import\()(['"]\.[^'"]*)\.ts(['"])/g, '$1$2.js$3'))
}

const exported = Object.entries(source.exports as Record<string, string>).map(([name, file]) => {
  const path = file.replace('./src/', './').replace(/\.ts$/, '')
  return [name, { types: `${path}.d.ts`, default: `${path}.js` }]
})
const { name, version, type, license } = source
const published = {
  name,
  version,
  description: 'A client for Roster, and checks of its access tokens. No dependencies.',
  license,
  type,
  sideEffects: false,
  engines: { node: '>=20' },
  exports: Object.fromEntries(exported),
}
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
cpSync(join(sdk, '../LICENSE'), join(dist, 'LICENSE'))
