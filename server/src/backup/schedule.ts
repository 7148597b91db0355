/** Scheduled backups, as a housekeeping job; the table of jobs has the time of the last success. */

import { once } from 'node:events'
import type { Config } from '../config.ts'
import { thrown } from '../errors.ts'
import { startThread } from '../runtime/own-files.ts'
import { version } from '../runtime/version.ts'
import type { BackupOrder, BackupResult } from './backup-thread.ts'
import type { ScheduledBackup } from './make-backup.ts'

type Log = Record<'info' | 'warn', (fields: object, message: string) => void>

export const backupJobName = 'backup'

/** @returns no job when `ROSTER_BACKUP_TO` is not set */
export function backupJobs(config: Config, log: Log) {
  const { backupTo, backupEveryHours, databaseUrl } = config
  if (backupTo === null) return []
  const order: BackupOrder = {
    source: databaseUrl.slice('sqlite:'.length),
    to: backupTo,
    access: config.bucketAccess,
    encryption: config.backupEncryption,
    version,
    days: config.backupDays,
  }
  return [
    {
      name: backupJobName,
      everySeconds: backupEveryHours * 3600,
      retrySeconds: 600,
      async run(_part: number, signal: AbortSignal): Promise<number> {
        const { name, bytes, removed } = await inThread(order, signal)
        log.info({ event: 'backup.done', name, bytes, removed }, `backup ${name} is in ${backupTo}`)
        return 0
      },
      failed(error: unknown) {
        const reason = thrown(error).message
        log.warn({ event: 'backup.failed', reason }, `there is no new backup: ${reason}`)
      },
    },
  ]
}

/** The thread ends when the service stops; the backup is then made after the next start. */
async function inThread(order: BackupOrder, signal: AbortSignal): Promise<ScheduledBackup> {
  const thread = startThread('backup/backup-thread.ts', { workerData: order })
  try {
    const [result]: BackupResult[] = await once(thread, 'message', { signal })
    if (result === undefined) throw new Error('the thread said nothing')
    if ('reason' in result) throw new Error(result.reason)
    return result.made
  } finally {
    await thread.terminate()
  }
}
