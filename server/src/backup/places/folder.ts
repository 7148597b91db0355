import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'
import type { Place } from './place.ts'

/** A missing folder is created. Files are moved into it, also to another disk. */
export function folderPlace(folder: string): Place {
  return {
    async put(file) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const target = join(folder, basename(file))
      try {
        renameSync(file, target)
      } catch (error) {
        if (thrown(error).code !== 'EXDEV') throw error
        // The folder is on another disk.
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
