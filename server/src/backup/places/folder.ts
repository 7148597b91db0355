import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'
import type { Place } from './place.ts'

/** The folder is made when it is missing. What is put there is moved, also to another disk. */
export function folderPlace(folder: string): Place {
  return {
    async put(file) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const target = join(folder, basename(file))
      try {
        renameSync(file, target)
      } catch (error) {
        if (thrown(error).code !== 'EXDEV') throw error
        // A disk of its own.
        copyFileSync(file, `${target}.partial`)
        renameSync(`${target}.partial`, target)
      }
    },
    async get(name, file) {
      const source = join(folder, name)
      if (!existsSync(source)) throw new ConfigError(`${source} does not exist`)
      copyFileSync(source, file)
    },
    async list() {
      return existsSync(folder) ? readdirSync(folder) : []
    },
    async remove(name) {
      rmSync(join(folder, name), { force: true })
    },
  }
}
