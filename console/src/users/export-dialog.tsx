import { useState } from 'react'
import { request } from '../api/call.ts'
import { number, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { SelectField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { saveFile } from '../ui/save-file.ts'
import { toast } from '../ui/toasts.tsx'

const types = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const
type Format = keyof typeof types
type Props = {
  isOpen: boolean
  onClose(): void
  query: Record<string, string | undefined>
}

/** Saves the users that the list shows now as a file. */
export function ExportDialog({ isOpen, onClose, query }: Props) {
  const [format, setFormat] = useState<Format>('csv')
  const [bytes, setBytes] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)

  async function run() {
    setError(null)
    setBytes(0)
    try {
      const response = await request('GET', '/users/export', { query, headers: { accept: types[format] } })
      const parts: Uint8Array<ArrayBuffer>[] = []
      let size = 0
      for await (const part of response.body!) {
        parts.push(part)
        size += part.length
        setBytes(size)
      }
      saveFile(new Blob(parts, { type: types[format] }), `users.${format}`)
      toast(t('export.done'))
      onClose()
    } catch (caught) {
      setError(caught)
    }
    setBytes(null)
  }

  return (
    <Dialog title={t('export.title')} isOpen={isOpen} onClose={onClose}>
      <div className="stack">
        <p className="dim">{t('export.text')}</p>
        <SelectField
          label={t('export.format')}
          value={format}
          onChange={({ target }) => setFormat(target.value as Format)}
        >
          <option value="csv">{t('export.csv')}</option>
          <option value="ndjson">{t('export.ndjson')}</option>
        </SelectField>
        <ProblemNotice error={error} />
        {bytes !== null && (
          <p role="status" className="dim">
            {t('export.progress', { size: number(Math.ceil(bytes / 1000)) })}
          </p>
        )}
        <div className="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" isBusy={bytes !== null} onClick={run}>
            {t('export.button')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
