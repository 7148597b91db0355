import { useQueryClient } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { useRef, useState } from 'react'
import { useMay } from '../api/session.ts'
import { Screen } from '../shell/screens.tsx'
import { number, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import { NoPermission } from '../ui/states.tsx'
import { ImportHistory } from './import-history.tsx'
import { ImportReport } from './import-report.tsx'
import { type FileKind, kindOf } from './rows.ts'
import { emptyReport, type Report, runImport } from './run-import.ts'

export function ImportScreen() {
  const may = useMay()
  return may('users:write') ? <Import /> : <NoPermission />
}

type Run = { isDry: boolean; report: Report }
type Chosen = { file: File; kind: FileKind }

/** A file, then a dry run, then the import itself, each with its report. */
function Import() {
  const may = useMay()
  const queries = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController | null>(null)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [mode, setMode] = useState<'create' | 'upsert'>('create')
  const [run, setRun] = useState<Run | null>(null)
  const isRunning = run !== null && !run.report.isDone

  async function choose(file: File | undefined) {
    if (!file) return
    setChosen({ file, kind: kindOf(file.name, await file.slice(0, 1000).text()) })
    setRun(null)
  }
  async function start(isDry: boolean) {
    if (!chosen) return
    stop.current = new AbortController()
    setRun({ isDry, report: emptyReport })
    await runImport({ ...chosen, mode, dryRun: isDry }, stop.current.signal, (report) =>
      setRun({ isDry, report }),
    )
    if (!isDry) void queries.invalidateQueries()
  }

  return (
    <div className="narrow wide-narrow">
      <Screen title={t('nav.import')} subtitle={t('import.text')}>
        <div className="stack">
          <section className="card pad stack">
            {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut of the button inside */}
            <div
              className="drop"
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                event.preventDefault()
                if (!isRunning) void choose(event.dataTransfer.files[0])
              }}
            >
              <FileUp size={28} aria-hidden />
              {chosen ? (
                <p>
                  <b>{chosen.file.name}</b>{' '}
                  <span className="dim">
                    {t('import.size', { size: number(Math.ceil(chosen.file.size / 1000)) })} ·{' '}
                    {chosen.kind.toUpperCase()}
                  </span>
                </p>
              ) : (
                <p className="dim">{t('import.drop')}</p>
              )}
              <input
                ref={picker}
                type="file"
                className="sr-only"
                tabIndex={-1}
                accept=".csv,.ndjson,.jsonl,.txt,text/csv"
                aria-label={t('import.choose')}
                onChange={({ target }) => {
                  void choose(target.files?.[0])
                  target.value = ''
                }}
              />
              <Button disabled={isRunning} onClick={() => picker.current?.click()}>
                {t(chosen ? 'import.choose_other' : 'import.choose')}
              </Button>
            </div>
            <SelectField
              label={t('import.mode')}
              value={mode}
              disabled={isRunning}
              onChange={({ target }) => {
                setMode(target.value as typeof mode)
                setRun(null)
              }}
            >
              <option value="create">{t('import.create')}</option>
              <option value="upsert">{t('import.upsert')}</option>
            </SelectField>
            <div className="actions">
              <Button
                kind={run?.isDry && run.report.isDone ? 'plain' : 'primary'}
                disabled={!chosen || isRunning}
                onClick={() => start(true)}
              >
                {t('import.try')}
              </Button>
              {run?.isDry && run.report.isDone && !run.report.error && (
                <Button kind="primary" onClick={() => start(false)}>
                  {t('import.run')}
                </Button>
              )}
              {isRunning && (
                <Button kind="danger" onClick={() => stop.current?.abort()}>
                  {t('cancel')}
                </Button>
              )}
            </div>
          </section>
          {run && <ImportReport {...run} />}
          {may('audit:read') && !isRunning && <ImportHistory />}
        </div>
      </Screen>
    </div>
  )
}
