/** How a command encrypts what it writes, and decrypts what it reads: with age, by the keys of backups. */
import { readConfig } from '../../config.ts'
import { type Encryption, isRecipient } from '../../settings/backup.ts'
import { type Input, textOptions, UsageError } from '../command.ts'

/** For those whom the options name, else as the settings say. @throws UsageError */
export function encryptionOf(input: Input): Encryption | null {
  const recipients = textOptions(input, 'recipient')
  if (!recipients.every(isRecipient))
    throw new UsageError('--recipient is a recipient of age such as age1…; `age-keygen -y` prints one.')
  return recipients.length > 0 ? { recipients } : readConfig().backupEncryption
}
