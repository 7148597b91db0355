/** Makes a consistent copy of a SQLite database while other processes write. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'

/**
 * Writes the copy to a temporary file in the same folder, and renames it when it is complete. Shows progress on a
 * terminal.
 * @returns the number of pages
 */
export async function backupSqlite(source: string, file: string, quiet: boolean): Promise<number> {
  const partial = `${file}.partial`
  rmSync(partial, { force: true })
  writeFileSync(partial, '', { mode: 0o600, flag: 'wx' })
  const db = new DatabaseSync(source, { readOnly: true })
  const show = process.stderr.isTTY && !quiet
  try {
    const pages = await backup(db, partial, {
      rate: 1000,
      progress: ({ totalPages, remainingPages }) => {
        if (show)
          process.stderr.write(`\r${Math.floor((100 * (totalPages - remainingPages)) / totalPages)} %`)
      },
    })
    if (show) process.stderr.write('\r')
    checkCopy(partial)
    renameSync(partial, file)
    return pages
  } finally {
    db.close()
    for (const leftover of [partial, `${partial}-wal`, `${partial}-shm`]) rmSync(leftover, { force: true })
  }
}

function checkCopy(file: string): void {
  const copy = new DatabaseSync(file)
  try {
    const [row] = copy.prepare('pragma integrity_check(1)').all()
    if (row?.['integrity_check'] !== 'ok') throw new Error(`the copy is damaged: ${row?.['integrity_check']}`)
  } finally {
    copy.close()
  }
}
