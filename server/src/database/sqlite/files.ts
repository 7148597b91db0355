/** Compares the open files of SQLite with those on the disk, which can be removed or replaced. */
import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** `rescue` moves the content of the log into the file, while this process still has the log open. */
export function openFiles(file: string, rescue: () => unknown) {
  const numberOf = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
  const opened = numberOf(file)
  let log: bigint | undefined

  return {
    /** The fault, or null. The log is created with the first transaction. */
    replaced(): string | null {
      if (numberOf(file) !== opened)
        return 'The SQLite file was removed or replaced while the service runs; stop the service and restore a backup.'
      const found = numberOf(`${file}-wal`)
      log ??= found
      if (found === log) return null
      rescue()
      return 'The -wal file of the SQLite database was removed while the service runs; restart the service now.'
    },
  }
}

/** The free bytes for this user on the disk of the file. @throws when there is no such folder */
export function freeBytes(file: string): number {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize
}

const othersMayWrite = 0o002
const othersMayRead = 0o004
const othersMayEnter = 0o001
const sticky = 0o1000

export type LooseFiles = { detail: string; isWritable: boolean }

/** Whether other users of this machine can read or write the data of the service, with a remedy. */
export function looseFiles(file: string): LooseFiles | null {
  const modeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  const folder = dirname(file)
  const folderMode = modeOf(folder)
  if (folderMode & othersMayWrite && !(folderMode & sticky))
    return {
      detail: `Every user of this machine can replace files in ${folder}; run chmod 700 ${folder}`,
      isWritable: true,
    }
  if (!(folderMode & othersMayEnter)) return null
  for (const path of [file, `${file}-wal`, `${file}.key`]) {
    const isWritable = (modeOf(path) & othersMayWrite) !== 0
    if (isWritable || modeOf(path) & othersMayRead)
      return {
        detail: `Every user of this machine can ${isWritable ? 'write' : 'read'} ${path}; run chmod 600 ${path}`,
        isWritable,
      }
  }
  return null
}
