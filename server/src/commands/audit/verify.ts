/** Verifies an archive of the audit log, and prints the public key for other verifiers. */
import { type Command, print, textOption } from '../command.ts'
import { fingerprintOf, installationKey, publicPem, readPublicKey, verifyArchive } from './signature.ts'

export const auditVerify: Command = {
  name: 'audit verify',
  about: 'Check the signature of an archive of audit export --before',
  positionals: ['FILE'],
  options: {
    'public-key': {
      type: 'string',
      value: 'PEM',
      about: 'the file with the public key; by default the key of this installation',
    },
  },
  examples: ['audit-2025.ndjson.gz', 'audit-2025.ndjson.gz --public-key archives.pem'],
  async run(input) {
    const [file = ''] = input.positionals
    const given = textOption(input, 'public-key')
    const key = given === undefined ? installationKey() : readPublicKey(given)
    const { sha256, created_at, bytes } = await verifyArchive(file, key)
    const fingerprint = fingerprintOf(key)
    print(
      input,
      { file, bytes, sha256, created_at, key: fingerprint },
      `${file} is whole: ${bytes} bytes of ${created_at}, signed with the key ${fingerprint}`,
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
