import { useRef, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from './button.tsx'
import { SelectField } from './field.tsx'
import { Dialog } from './later.tsx'
import { ProblemNotice } from './problem.tsx'
import { saveFile } from './save-file.ts'
import { toast } from './toasts.tsx'

const types = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const
export type FileFormat = keyof typeof types
export const typeOf = (format: FileFormat): string => types[format]

type Props = {
  title: string
  text: string
  isOpen: boolean
  onClose(): void
  /** The name of the file without its extension. */
  fileName: string
  /** Reads the content and reports the progress. @returns the content and the notice at the end */
  read(
    format: FileFormat,
    show: (done: number) => void,
    signal: AbortSignal,
  ): Promise<[BlobPart[], notice: string]>
  progress(done: number): string
}

/** Asks for a format, and saves the result of `read` as a file. Closing the dialog aborts the reading. */
export function SaveDialog({ title, text, isOpen, onClose, fileName, read, progress }: Props) {
  const [format, setFormat] = useState<FileFormat>('csv')
  const [done, setDone] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)
  const stop = useRef<AbortController | null>(null)

  const close = () => {
    stop.current?.abort()
    setDone(null)
    onClose()
  }

  async function run() {
    stop.current = new AbortController()
    const { signal } = stop.current
    setError(null)
    setDone(0)
    try {
      const [parts, notice] = await read(format, setDone, signal)
      saveFile(new Blob(parts, { type: types[format] }), `${fileName}.${format}`)
      toast(notice)
      onClose()
    } catch (caught) {
      if (!signal.aborted) setError(caught)
    }
    setDone(null)
  }

  return (
    <Dialog title={title} isOpen={isOpen} onClose={close}>
      <div className="stack">
        <p className="dim">{text}</p>
        <SelectField
          label={t('export.format')}
          value={format}
          onChange={({ target }) => setFormat(target.value as FileFormat)}
        >
          <option value="csv">{t('export.csv')}</option>
          <option value="ndjson">{t('export.ndjson')}</option>
        </SelectField>
        <ProblemNotice error={error} />
        {done !== null && (
          <p role="status" className="dim">
            {progress(done)}
          </p>
        )}
        <div className="actions end">
          <Button onClick={close}>{t('cancel')}</Button>
          <Button kind="primary" isBusy={done !== null} onClick={run}>
            {t('export.button')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
