/** The thread for scheduled backups, so that requests do not wait while the copy is checked and encrypted. */
import { parentPort, workerData } from 'node:worker_threads'
import { thrown } from '../errors.ts'
import type { BucketAccess, Encryption } from '../settings/backup.ts'
import { makeScheduledBackup, type ScheduledBackup } from './make-backup.ts'
import { openPlace } from './places/open.ts'

export type BackupOrder = {
  source: string
  to: string
  access: BucketAccess
  encryption: Encryption | null
  version: string
  days: number
}

export type BackupResult = { made: ScheduledBackup } | { reason: string }

const { to, access, ...wanted }: BackupOrder = workerData
const tell = (result: BackupResult) => parentPort!.postMessage(result)

async function work(): Promise<ScheduledBackup> {
  return makeScheduledBackup({ ...wanted, place: openPlace(to, access) })
}

void work().then(
  (made) => tell({ made }),
  (error: unknown) => tell({ reason: thrown(error).message }),
)
