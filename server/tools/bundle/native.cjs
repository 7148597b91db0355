/** Loads a native part: from the folder beside a bundle, out of an executable, or from the packages around a bundle. */
const { existsSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { getRawAsset, isSea } = require('node:sea')

const endings = { linux: ['-gnu', '-musl'], win32: ['-msvc'] }
/** The files of the packages that load the part. */
const loaders = { argon2: 'index.js', bcrypt: 'binding.js' }
const fileNames = (name) =>
  (endings[process.platform] ?? ['']).map((end) => `${name}.${process.platform}-${process.arch}${end}.node`)

/** `name` is argon2 or bcrypt. @throws when the part is missing; the message names the file */
function loadNative(name) {
  if (isSea()) return fromExecutable(`${name}.node`)
  const folder = join(__dirname, 'native')
  const path = fileNames(name)
    .map((file) => join(folder, file))
    .find(existsSync)
  if (path !== undefined) return open(path)
  try {
    const require = createRequire(__filename)
    return require(join(require.resolve(`@node-rs/${name}`), '..', loaders[name]))
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' && !/native binding/.test(error.message)) throw error
    throw plainly(`This bundle lacks its native part ${join(folder, fileNames(name)[0])}`)
  }
}

/** The system loads libraries from files only: the part is written into a folder of this user's, loaded, and removed. */
function fromExecutable(file) {
  const part = Buffer.from(getRawAsset(`native/${file}`))
  const reasons = []
  for (const parent of [tmpdir(), process.cwd()]) {
    let folder
    try {
      folder = mkdtempSync(join(parent, '.roster-'))
      writeFileSync(join(folder, file), part, { mode: 0o700 })
      return open(join(folder, file))
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'EROFS', 'ENOTDIR', 'ERR_DLOPEN_FAILED'].includes(error.code)) throw error
      reasons.push(error.message)
    } finally {
      // Windows keeps a library that is loaded; the system removes the folder with its other temporary files.
      if (folder !== undefined && process.platform !== 'win32')
        rmSync(folder, { recursive: true, force: true })
    }
  }
  throw plainly(
    `The native part ${file} cannot be loaded (${reasons.join('; ')}); TMPDIR may name a folder that it can be loaded from`,
  )
}

function open(path) {
  const part = { exports: {} }
  process.dlopen(part, path)
  return part.exports
}

/** An error for the operator: the trace would say nothing more. */
function plainly(message) {
  return Object.assign(new Error(message), { stack: message })
}

module.exports = { loadNative }
