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

/** The modules that the app needs at once, and the sign-in page does not. */
const ofApp = new Set()

const hash = hashSources()
const work = mkdtempSync(join(root, '.build-'))
try {
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'warn',
    plugins: [divideFirstLoad()],
    build: {
      outDir: work,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        output: {
          codeSplitting: {
            // What the sign-in page needs too stays out of the app's files.
            includeDependenciesRecursively: false,
            groups: [
              { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 2 },
              { name: 'app', test: (id) => ofApp.has(id), priority: 1 },
            ],
          },
        },
        input: [join(root, 'app.html'), join(root, 'sign-in.html')],
        // Packages mark their modules for servers that render; here all of it runs in the browser.
        checks: { moduleLevelDirective: false },
        onwarn(warning, warn) {
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
        },
      },
    },
  })
  const sizes = compressAll(join(work, 'assets'))
  for (const [page, limit] of Object.entries(limits)) {
    const bytes = firstLoad(page).reduce((sum, file) => sum + sizes.get(file), 0)
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

/**
 * Makes the app of few files, and a script of each file that the page would only preload: the browser runs each as soon as
 * it is there, in a task of its own, instead of all of them in one long task.
 */
function divideFirstLoad() {
  return {
    name: 'divide-first-load',
    buildEnd() {
      const reached = (entry) => {
        const found = new Set()
        const visit = (id) => {
          if (found.has(id)) return
          found.add(id)
          for (const other of this.getModuleInfo(id)?.importedIds ?? []) visit(other)
        }
        visit(join(root, entry))
        return found
      }
      const ofSignIn = reached('src/sign-in/main.ts')
      for (const id of reached('src/main.tsx')) if (!ofSignIn.has(id)) ofApp.add(id)
    },
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        const preload = /\s*<link rel="modulepreload" crossorigin href="([^"]*)">/g
        const scripts = [...html.matchAll(preload)].map(
          ([, file]) => `<script type="module" crossorigin src="${file}"></script>\n    `,
        )
        return html.replaceAll(preload, '').replace('<script type="module"', `${scripts.join('')}$&`)
      },
    },
  }
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

/** The scripts and styles that a page names. */
function firstLoad(page) {
  const html = readFileSync(join(work, page), 'utf8')
  return [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]*\.(?:js|css))"/g)].map(([, file]) => file)
}

function move(from, to) {
  try {
    renameSync(from, to)
  } catch {
    cpSync(from, to, { recursive: true })
  }
}
