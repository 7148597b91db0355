/** Saves the events that fit the filters as a file. */
import { Download } from 'lucide-react'
import { useRef, useState } from 'react'
import { readPage } from '../api/pages.ts'
import type { AuditEvent } from '../api/types.ts'
import { counted, number, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { SelectField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { saveFile } from '../ui/save-file.ts'
import { toast } from '../ui/toasts.tsx'
import { csvHead, csvRow } from './csv.ts'

type Query = Record<string, string | undefined>
type Format = 'csv' | 'ndjson'

/** More would not fit into the memory of a phone; the command line exports all. */
const most = 100_000

export function AuditExport({ query }: { query: Query }) {
  const [isOpen, setOpen] = useState(false)
  const [format, setFormat] = useState<Format>('csv')
  const [done, setDone] = useState<number | null>(null)
  const [error, setError] = useState<unknown>(null)
  const stop = useRef<AbortController | null>(null)

  const close = () => {
    stop.current?.abort()
    setDone(null)
    setOpen(false)
  }

  async function run() {
    stop.current = new AbortController()
    const { signal } = stop.current
    setError(null)
    setDone(0)
    try {
      const lines = format === 'csv' ? [csvHead] : []
      let count = 0
      for (let cursor: string | undefined = ''; cursor !== undefined && count < most; ) {
        const page: Awaited<ReturnType<typeof readPage<AuditEvent>>> = await readPage(
          '/audit-events',
          { ...query, limit: 200, cursor: cursor || undefined },
          signal,
        )
        for (const event of page.items) lines.push(format === 'csv' ? csvRow(event) : JSON.stringify(event))
        count += page.items.length
        setDone(count)
        cursor = page.next
      }
      const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
      saveFile(new Blob([lines.join('\n'), '\n'], { type }), `audit.${format}`)
      toast(counted('audit.exported', count))
      setOpen(false)
    } catch (caught) {
      if (!signal.aborted) setError(caught)
    }
    setDone(null)
  }

  return (
    <>
      <Button kind="quiet" icon={<Download size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t('export.open')}
      </Button>
      <Dialog title={t('audit.export')} isOpen={isOpen} onClose={close}>
        <div className="stack">
          <p className="dim">{t('audit.export_text', { most: number(most) })}</p>
          <SelectField
            label={t('export.format')}
            value={format}
            onChange={({ target }) => setFormat(target.value as Format)}
          >
            <option value="csv">{t('export.csv')}</option>
            <option value="ndjson">{t('export.ndjson')}</option>
          </SelectField>
          <ProblemNotice error={error} />
          {done !== null && (
            <p role="status" className="dim">
              {counted('audit.exporting', done)}
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
    </>
  )
}
