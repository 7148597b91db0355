import { ConfigError } from '../../config.ts'
import { type BucketAccess, bucketAddress, isBucket } from '../../settings/backup.ts'
import { bucketPlace } from './bucket.ts'
import { folderPlace } from './folder.ts'
import type { Place } from './place.ts'

/** The storage in `ROSTER_BACKUP_TO`: a folder or `s3://bucket/folder`. @throws ConfigError */
export function openPlace(text: string, access: BucketAccess): Place {
  return isBucket(text) ? openBucketOf(`${text.replace(/\/+$/, '')}/`, access).place : folderPlace(text)
}

/** The bucket of the object `s3://bucket/folder/name`, and the name. @throws ConfigError */
export function openBucketOf(text: string, access: BucketAccess): { place: Place; name: string } {
  const address = bucketAddress(text)
  if (address === null) throw new ConfigError(`${text} is no address such as s3://bucket/folder/name`)
  return { place: bucketPlace(address, access), name: address.name }
}
