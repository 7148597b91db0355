/** The names of scheduled backups, which contain their times. */
import { now } from '../clock.ts'

const pattern = /^roster-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.db(?:\.age)?$/

export function nameOfBackup(encrypted: boolean): string {
  return `roster-${now().slice(0, 19).replaceAll(':', '-')}Z.db${encrypted ? '.age' : ''}`
}

/** When the backup was made; null for other files. */
function madeAt(name: string): string | null {
  const [, date, hours, minutes, seconds] = pattern.exec(name) ?? []
  return date === undefined ? null : `${date}T${hours}:${minutes}:${seconds}.000Z`
}

/** The backups from before `instant`, except the newest one. Other files are never included. */
export function expiredBackups(names: readonly string[], instant: string): string[] {
  const backups = names.filter((name) => pattern.test(name)).sort()
  return backups.slice(0, -1).filter((name) => madeAt(name)! < instant)
}
