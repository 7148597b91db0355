/** The settings of scheduled backups, and values from several of them. */
import { integer, list, optional, text } from './values.ts'

export type Encryption = { recipients: readonly string[] } | { passphrase: string }

export type BucketAccess = {
  endpoint: string | null
  region: string
  accessKeyId: string | null
  secretAccessKey: string | null
  sessionToken: string | null
}

/** The prefix is empty or ends with a slash. */
export type BucketAddress = { bucket: string; prefix: string; name: string }

export const isBucket = (place: string): boolean => place.startsWith('s3:')

/** The parts of `s3://bucket/prefix/name`; null for other texts. */
export function bucketAddress(place: string): BucketAddress | null {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(place) ?? []
  if (bucket === undefined || !/^[\w!.*'()/-]*$/.test(path) || /^\/|\/\//.test(path)) return null
  const cut = path.lastIndexOf('/') + 1
  return { bucket, prefix: path.slice(0, cut), name: path.slice(cut) }
}

export const isRecipient = (item: string): boolean => /^age1[a-z0-9]{10,4000}$/.test(item)

function backupPlace(value: string | undefined): string | null {
  if (value !== undefined && isBucket(value) && bucketAddress(value) === null)
    throw new Error('must be a folder, or an address such as s3://bucket/folder')
  return value ?? null
}

function passphrase(value: string | undefined): string | null {
  if (value !== undefined && value.length < 12) throw new Error('must have at least 12 characters')
  return value ?? null
}

function endpoint(value: string | undefined): string | null {
  if (value !== undefined && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)))
    throw new Error('must be an address such as https://s3.example.com')
  return value ?? null
}

export const backupSettings = {
  backupTo: {
    name: 'ROSTER_BACKUP_TO',
    fallback: 'none',
    about:
      'folder or bucket (`s3://bucket/folder`, S3 or a compatible server) for scheduled backups of the SQLite database',
    read: backupPlace,
  },
  backupEveryHours: {
    name: 'ROSTER_BACKUP_EVERY_HOURS',
    fallback: '24',
    about: 'hours between two scheduled backups',
    read: integer(1, 8760, 24),
  },
  backupDays: {
    name: 'ROSTER_BACKUP_DAYS',
    fallback: '14',
    about: 'days for which scheduled backups are kept. The newest one is always kept',
    read: integer(1, 3650, 14),
  },
  backupRecipients: {
    name: 'ROSTER_BACKUP_RECIPIENTS',
    fallback: 'none',
    about:
      '[age](https://age-encryption.org) recipients (`age1…`) for whom backups are encrypted. Their identities are needed only to restore',
    read: list(isRecipient, 'recipients of age such as age1…'),
  },
  backupPassphrase: {
    name: 'ROSTER_BACKUP_PASSPHRASE',
    fallback: 'none',
    secret: true,
    about: 'passphrase for the encryption of backups with age, instead of `ROSTER_BACKUP_RECIPIENTS`',
    read: passphrase,
  },
  bucketEndpoint: {
    name: 'AWS_ENDPOINT_URL_S3',
    fallback: 'Amazon S3',
    about: 'server of the bucket, such as `https://minio.example.com`',
    read: endpoint,
  },
  bucketRegion: {
    name: 'AWS_REGION',
    fallback: 'us-east-1',
    about: 'region of the bucket',
    read: text('us-east-1'),
  },
  bucketKeyId: {
    name: 'AWS_ACCESS_KEY_ID',
    fallback: 'none',
    about: 'access key of the bucket; it needs to list, read, write and delete objects',
    read: optional,
  },
  bucketSecret: {
    name: 'AWS_SECRET_ACCESS_KEY',
    fallback: 'none',
    secret: true,
    about: 'secret of the access key',
    read: optional,
  },
  bucketSession: {
    name: 'AWS_SESSION_TOKEN',
    fallback: 'none',
    secret: true,
    about: 'session token of a temporary access key',
    read: optional,
  },
} as const

type Read = {
  databaseUrl: string
  backupTo: string | null
  backupRecipients: readonly string[]
  backupPassphrase: string | null
  bucketEndpoint: string | null
  bucketRegion: string
  bucketKeyId: string | null
  bucketSecret: string | null
  bucketSession: string | null
}

/** The encryption of backups, and the credentials of the bucket. */
export function backupConfig(read: Read): {
  backupEncryption: Encryption | null
  bucketAccess: BucketAccess
} {
  const { backupRecipients: recipients, backupPassphrase: phrase } = read
  return {
    backupEncryption:
      recipients?.length > 0 ? { recipients } : phrase === null ? null : { passphrase: phrase },
    bucketAccess: {
      endpoint: read.bucketEndpoint,
      region: read.bucketRegion,
      accessKeyId: read.bucketKeyId,
      secretAccessKey: read.bucketSecret,
      sessionToken: read.bucketSession,
    },
  }
}

/** The contradictions between settings of backups. */
export function backupFaults(read: Partial<Read>): string[] {
  const { databaseUrl = '', backupTo, backupRecipients = [], backupPassphrase } = read
  const faults: string[] = []
  if (backupTo && (databaseUrl.startsWith('postgres') || databaseUrl === 'sqlite::memory:'))
    faults.push(
      'ROSTER_BACKUP_TO is for a SQLite file; back PostgreSQL up with pg_dump, pgBackRest or your provider',
    )
  if (backupTo && isBucket(backupTo) && !(read.bucketKeyId && read.bucketSecret))
    faults.push('ROSTER_BACKUP_TO is a bucket, which needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  if (backupRecipients.length > 0 && backupPassphrase)
    faults.push('ROSTER_BACKUP_RECIPIENTS and ROSTER_BACKUP_PASSPHRASE are both set; one of them is enough')
  return faults
}
