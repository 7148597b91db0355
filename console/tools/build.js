/** Builds the pages: bundles them, compresses each file once, and fails when a first load is larger than its limit. */
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { hashSources, output, root } from './sources.js'

/** Bytes, compressed with gzip, that a page may load before it shows something: its scripts and styles. */
const limits = { 'sign-in.html': 45_000, 'app.html': 200_000 }

const hash = hashSources()
const work = mkdtempSync(join(root, '.build-'))
try {
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: work,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
      manifest: 'manifest.json',
      rolldownOptions: {
        input: [join(root, 'app.html'), join(root, 'sign-in.html')],
        // Packages mark their modules for servers that render; here all of it runs in the browser.
        checks: { moduleLevelDirective: false },
        onwarn(warning, warn) {
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
        },
      },
    },
  })
  const manifest = JSON.parse(readFileSync(join(work, 'manifest.json'), 'utf8'))
  rmSync(join(work, 'manifest.json'))
  const sizes = compressAll(join(work, 'assets'))
  for (const [page, limit] of Object.entries(limits)) {
    const bytes = [...firstLoad(manifest, page)].reduce((sum, file) => sum + sizes.get(file), 0)
    console.log(`${page}: ${bytes} bytes of ${limit}`)
    if (bytes > limit) throw new Error(`${page} loads ${bytes} bytes; its limit is ${limit}`)
  }
  writeFileSync(join(work, 'build.json'), JSON.stringify({ hash }))
  chmodSync(work, 0o755)
  rmSync(output, { recursive: true, force: true })
  move(work, output)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Writes `.br` and `.gz` beside each file. @returns the gzipped size of each, by `assets/name` */
function compressAll(folder) {
  const sizes = new Map()
  for (const name of readdirSync(folder)) {
    const content = readFileSync(join(folder, name))
    const zipped = gzipSync(content, { level: 9 })
    sizes.set(`assets/${name}`, zipped.length)
    writeFileSync(join(folder, `${name}.gz`), zipped)
    writeFileSync(
      join(folder, `${name}.br`),
      brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    )
  }
  return sizes
}

/** The files that a page needs at once: its own and those that they import statically. */
function firstLoad(manifest, page) {
  const files = new Set()
  const visit = (key) => {
    const chunk = manifest[key]
    if (files.has(chunk.file)) return
    files.add(chunk.file)
    for (const file of chunk.css ?? []) files.add(file)
    for (const other of chunk.imports ?? []) visit(other)
  }
  visit(page)
  return files
}

function move(from, to) {
  try {
    renameSync(from, to)
  } catch {
    cpSync(from, to, { recursive: true })
  }
}
