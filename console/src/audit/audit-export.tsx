/** Saves the events that fit the filters as a file. */
import { Download } from 'lucide-react'
import { useState } from 'react'
import { readPage } from '../api/pages.ts'
import type { AuditEvent } from '../api/types.ts'
import { counted, number, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { type FileFormat, SaveDialog } from '../ui/save-dialog.tsx'
import { csvHead, csvRow } from './csv.ts'

/** More would not fit into the memory of a phone; the command line exports all. */
const most = 100_000

export function AuditExport({ query }: { query: Record<string, string | undefined> }) {
  const [isOpen, setOpen] = useState(false)

  async function read(
    format: FileFormat,
    show: (count: number) => void,
    signal: AbortSignal,
  ): Promise<[BlobPart[], string]> {
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
      show(count)
      cursor = page.next
    }
    return [[lines.join('\n'), '\n'], counted('audit.exported', count)]
  }

  return (
    <>
      <Button kind="quiet" icon={<Download size={16} aria-hidden />} onClick={() => setOpen(true)}>
        {t('export.open')}
      </Button>
      <SaveDialog
        title={t('audit.export')}
        text={t('audit.export_text', { most: number(most) })}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        fileName="audit"
        read={read}
        progress={(count) => counted('audit.exporting', count)}
      />
    </>
  )
}
