/** What the build is made of, as one hash: a build with the same hash need not be made again. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const output = fileURLToPath(new URL('../dist', import.meta.url))

const sources = [
  '*.html',
  'package.json',
  'public/**',
  'src/**',
  'tools/**',
  '../sdk/src/**',
  '../sdk/package.json',
]

export function hashSources() {
  const hash = createHash('sha256')
  for (const path of globSync(sources, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort()) {
    const content = readFileSync(path)
    hash.update(`${path.slice(root.length)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** @returns the hash of the build that is there, or null */
export function builtHash() {
  const path = `${output}/build.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).hash : null
}
