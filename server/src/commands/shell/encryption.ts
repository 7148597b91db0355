/** Encryption and decryption of files in commands: with age and the keys of backups. */
import { readConfig } from '../../config.ts'
import { type Encryption, isRecipient } from '../../settings/backup.ts'
import { type Input, textOptions, UsageError } from '../command.ts'

/** For the recipients in the options, or else by the settings. @throws UsageError */
export function encryptionOf(input: Input): Encryption | null {
  const recipients = textOptions(input, 'recipient')
  if (!recipients.every(isRecipient))
    throw new UsageError('--recipient is a recipient of age such as age1…; `age-keygen -y` prints one.')
  return recipients.length > 0 ? { recipients } : readConfig().backupEncryption
}
