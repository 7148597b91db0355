/** Verifies an archive of the audit log, and prints the public key for other verifiers. */
import { basename } from 'node:path'
import { ConfigError } from '../../config.ts'
import type { Manifest } from '../../database/sqlite/manifest.ts'
import { type Command, print, textOption, withRoster } from '../command.ts'
import { isRecordedIn, isRecordedInArchive } from './record.ts'
import { fingerprintOf, installationKey, publicPem, readPublicKey, verifyArchive } from './signature.ts'

/** Another archive of this installation has a valid signature too, so the file must be the recorded one. */
async function assertRecorded(
  file: string,
  { sha256 }: Manifest,
  isRecorded: () => Promise<boolean>,
  where: string,
): Promise<void> {
  if (!(await isRecorded()))
    throw new ConfigError(
      `${where} has no record of ${file} (SHA-256 ${sha256}): another archive may have replaced it. The record of an older archive is in the next one: name that with --next`,
    )
}

export const auditVerify: Command = {
  name: 'audit verify',
  about: 'Check the signature of an archive of audit export --before, and that the archive is recorded',
  positionals: ['FILE'],
  options: {
    next: {
      type: 'string',
      value: 'ARCHIVE',
      about: 'the archive that followed and has the record; by default the database has it',
    },
    'public-key': {
      type: 'string',
      value: 'PEM',
      about:
        'the file with the public key, to verify without the database; without --next only the signature is verified',
    },
  },
  examples: [
    'audit-2025.ndjson.gz',
    'audit-2025.ndjson.gz --next audit-2026.ndjson.gz',
    'audit-2025.ndjson.gz --public-key archives.pem',
  ],
  async run(input) {
    const [file = ''] = input.positionals
    const given = textOption(input, 'public-key')
    const next = textOption(input, 'next')
    const key = given === undefined ? installationKey() : readPublicKey(given)
    const manifest = await verifyArchive(file, key)
    if (manifest.file !== basename(file))
      throw new ConfigError(`${file} is the archive ${manifest.file} under another name`)
    const { sha256, created_at, bytes, archive = null } = manifest
    if (next !== undefined) {
      await verifyArchive(next, key)
      await assertRecorded(file, manifest, () => isRecordedInArchive(next, sha256), next)
    } else if (given === undefined)
      await withRoster((place) =>
        assertRecorded(file, manifest, () => isRecordedIn(place, sha256), place.databaseName),
      )
    const fingerprint = fingerprintOf(key)
    const content = archive ? `${archive.events} events from before ${archive.before}, ` : ''
    print(
      input,
      { file, bytes, sha256, created_at, archive, key: fingerprint },
      `${file} is whole: ${content}${bytes} bytes of ${created_at}, signed with the key ${fingerprint}`,
    )
    return 0
  },
}

export const auditPublicKey: Command = {
  name: 'audit public-key',
  about: 'Print the public key that verifies archives of the audit log, as PEM',
  examples: ['', '> archives.pem'],
  async run(input) {
    const key = installationKey()
    const pem = publicPem(key)
    print(input, { public_key: pem, key: fingerprintOf(key) }, pem.trimEnd())
    return 0
  },
}
