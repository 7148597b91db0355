/**
 * The files that belong to the code, by their path in the repository. They are in the repository, in the folder `files`
 * next to a bundle, or inside an executable.
 */

import { readFileSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createRequire, Module } from 'node:module'
import { getRawAsset, isSea } from 'node:sea'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { thrown } from '../errors.ts'

/** False in a bundle, where the code is one file and the results of the build exist. */
export const isSource = import.meta.url.endsWith('.ts')
const isExecutable = isSea()
const root = new URL(isSource ? '../../../' : './files/', import.meta.url)

/** @throws when there is no such file */
export function ownFile(name: string): Buffer {
  return isExecutable ? asset(name) : readFileSync(new URL(name, root))
}

/** @returns null when there is no such file */
export function ownFileIfThere(name: string): Buffer | null {
  try {
    return ownFile(name)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

export type Folder = {
  /** @throws when there is no such file */
  read(name: string): Promise<Buffer>
  /** The modification time of the file in milliseconds; null when there is no such file. */
  writtenAt(name: string): Promise<number | null>
}

/** A folder of the repository; `name` ends with a slash. */
export function ownFolder(name: string): Folder {
  if (!isExecutable) return folderAt(new URL(name, root))
  return {
    read: async (file) => asset(`${name}${file}`),
    writtenAt: async (file) => (ownFileIfThere(`${name}${file}`) ? 0 : null),
  }
}

export function folderAt(url: URL): Folder {
  return {
    read: (file) => readFile(new URL(file, url)),
    writtenAt: (file) =>
      stat(new URL(file, url)).then(
        ({ mtimeMs }) => mtimeMs,
        () => null,
      ),
  }
}

/** Starts a thread that runs a file of `server/src`. */
export function startThread(name: string, options: WorkerOptions = {}): Worker {
  const source = `server/src/${name}`
  if (isSource) return new Worker(new URL(source, root), options)
  const bundled = `${source.slice(0, -'.ts'.length)}.cjs`
  if (isExecutable) return new Worker(asset(bundled).toString('utf8'), { ...options, eval: true })
  return new Worker(new URL(bundled, root), options)
}

/** Loads a file of `server/src` that is a separate file in a bundle, so that it is only loaded if it is used. */
export function loadOwnModule(name: string): unknown {
  const source = `server/src/${name}`
  const load = createRequire(isExecutable ? process.execPath : root)
  if (isSource) return load(`./${source}`)
  const bundled = `${source.slice(0, -'.ts'.length)}.cjs`
  if (!isExecutable) return load(`./${bundled}`)
  const made = new Module(bundled) as Module & { _compile(code: string, name: string): void }
  made._compile(asset(bundled).toString('utf8'), bundled)
  return made.exports
}

function asset(name: string): Buffer {
  return Buffer.from(getRawAsset(name))
}

function isAbsent(error: unknown): boolean {
  const { code } = thrown(error)
  return code === 'ENOENT' || code === 'ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND'
}
