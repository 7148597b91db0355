import { request } from '../api/call.ts'
import { number, t } from '../text/text.ts'
import { type FileFormat, SaveDialog, typeOf } from '../ui/save-dialog.tsx'

type Props = {
  isOpen: boolean
  onClose(): void
  query: Record<string, string | undefined>
}

/** Saves the users that the list shows now as a file. */
export function ExportDialog({ isOpen, onClose, query }: Props) {
  async function read(
    format: FileFormat,
    show: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<[BlobPart[], string]> {
    const headers = { accept: typeOf(format) }
    const response = await request('GET', '/users/export', { query, headers, signal })
    const parts: Uint8Array<ArrayBuffer>[] = []
    let size = 0
    for await (const part of response.body!) {
      parts.push(part)
      size += part.length
      show(size)
    }
    return [parts, t('export.done')]
  }

  return (
    <SaveDialog
      title={t('export.title')}
      text={t('export.text')}
      isOpen={isOpen}
      onClose={onClose}
      fileName="users"
      read={read}
      progress={(bytes) => t('export.progress', { size: number(Math.ceil(bytes / 1000)) })}
    />
  )
}
