/** The licences of the packages that a bundle contains. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

type Package = { name: string; version: string; license?: string; dependencies?: Record<string, string> }

/** `modules` are the files in the bundle; the web interface and the native parts are added. */
export function licencesOf(root: string, modules: readonly string[]): string {
  const folders = new Set<string>()
  for (const path of modules) {
    const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path.replaceAll('\\', '/'))?.[0]
    if (folder !== undefined) folders.add(folder)
  }
  for (const name of ['@node-rs/argon2', '@node-rs/bcrypt']) folders.add(join(root, 'node_modules', name))
  const browser = readPackage(join(root, 'console')) as { devDependencies?: Record<string, string> }
  for (const name of Object.keys(browser.devDependencies ?? {}))
    if (!/^(vite$|@types\/)/.test(name)) addWithDependencies(join(root, 'node_modules', name), root, folders)
  return [...folders]
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => entryOf(folder))
    .sort()
    .join('\n')
}

function addWithDependencies(folder: string, root: string, folders: Set<string>): void {
  if (folders.has(folder) || !existsSync(join(folder, 'package.json'))) return
  folders.add(folder)
  for (const name of Object.keys(readPackage(folder).dependencies ?? {}))
    addWithDependencies(join(root, 'node_modules', name), root, folders)
}

function entryOf(folder: string): string {
  const { name, version, license } = readPackage(folder)
  const texts = globSync('{licen[cs]e,LICEN[CS]E,Licen[cs]e,NOTICE}*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim())
  return `${name} ${version}: ${license ?? 'see below'}\n\n${texts.join('\n\n')}\n${'-'.repeat(80)}`
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
