import { useQueryClient } from '@tanstack/react-query'
import { Download, FileUp } from 'lucide-react'
import { useRef, useState } from 'react'
import { useMay } from '../api/session.ts'
import { page } from '../page.ts'
import { Screen } from '../shell/screens.tsx'
import { number, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import { saveFile } from '../ui/save-file.ts'
import { NoPermission } from '../ui/states.tsx'
import { headerOf, mapText } from './columns.ts'
import { formats } from './formats.ts'
import { ImportColumns } from './import-columns.tsx'
import { ImportHistory } from './import-history.tsx'
import { ImportReport } from './import-report.tsx'
import { type FileKind, headBytes, kindOf } from './rows.ts'
import { emptyReport, type Report, rowsIn, runImport } from './run-import.ts'

export function ImportScreen() {
  const may = useMay()
  return may('users:write') ? <Import /> : <NoPermission />
}

type Run = { isDry: boolean; report: Report }
type Chosen = {
  file: File
  kind: FileKind
  /** The columns of a CSV file. */
  header: readonly string[]
}
const noChoices: ReadonlyMap<string, string> = new Map()

/** The steps of an import: the file, a dry run, and the import, each with its report. */
function Import() {
  const may = useMay()
  const queries = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController | null>(null)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [mode, setMode] = useState<'create' | 'upsert'>('create')
  const [format, setFormat] = useState('')
  const [columns, setColumns] = useState(noChoices)
  const [recognised, setRecognised] = useState<Readonly<Record<string, string>>>({})
  const [run, setRun] = useState<Run | null>(null)
  const isRunning = run !== null && !run.report.isDone

  async function choose(file: File | undefined) {
    if (!file) return
    // A character may be cut at the end of the beginning.
    const head = new TextDecoder().decode(await file.slice(0, headBytes).arrayBuffer(), { stream: true })
    const kind = kindOf(file.name, head)
    setChosen({ file, kind, header: kind === 'csv' ? headerOf(head) : [] })
    setColumns(noChoices)
    setRecognised({})
    setRun(null)
  }
  async function start(isDry: boolean) {
    if (!chosen) return
    stop.current = new AbortController()
    setRun({ isDry, report: emptyReport })
    const options = { ...chosen, mode, format: format || undefined, map: mapText(columns), dryRun: isDry }
    await runImport(options, stop.current.signal, (report) => {
      setRun({ isDry, report })
      if (report.preview) setRecognised(report.preview.columns)
    })
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
                    {t('import.size', { size: number(Math.ceil(chosen.file.size / 1000)) })}
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
                accept=".csv,.tsv,.txt,.json,.ndjson,.jsonl,.sql,.ldif,.xml,.gz,.zip,text/csv"
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
            <SelectField
              label={t('import.format')}
              value={format}
              disabled={isRunning}
              onChange={({ target }) => {
                setFormat(target.value)
                setRun(null)
              }}
            >
              <option value="">{t('import.automatic')}</option>
              {formats.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </SelectField>
            {chosen && chosen.header.length > 0 && (
              <ImportColumns
                header={chosen.header}
                recognised={recognised}
                choices={columns}
                isOpen={columns.size > 0 || (run !== null && !isRunning && isFruitless(run.report))}
                isDisabled={isRunning}
                onChange={(choices) => {
                  setColumns(choices)
                  setRun(null)
                }}
              />
            )}
            <ImportHelp />
            <div className="actions">
              <Button
                kind={run?.isDry && run.report.isDone ? 'plain' : 'primary'}
                disabled={!chosen || isRunning}
                onClick={() => start(true)}
              >
                {t('import.try')}
              </Button>
              {run?.isDry && run.report.isDone && !run.report.error && rowsIn(run.report) > 0 && (
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

/** No row could be imported: the columns are probably not recognised. */
function isFruitless({ error, created, updated, skipped }: Report): boolean {
  return Boolean(error) || created + updated + skipped === 0
}

const sample = `username,email,first_name,last_name,roles,password_hash
ada,ada@example.com,Ada,Lovelace,user,
grace,grace@example.com,Grace,Hopper,user,
`

/** What files can be imported, and an example of one. */
function ImportHelp() {
  return (
    <details>
      <summary>{t('import.help')}</summary>
      <div className="stack">
        <p className="dim">{t('import.help_text')}</p>
        <p className="dim">{t('import.help_formats', { formats: formats.join(', ') })}</p>
        <div className="actions">
          <Button
            icon={<Download size={16} aria-hidden />}
            onClick={() => saveFile(new Blob([sample], { type: 'text/csv' }), 'sample.csv')}
          >
            {t('import.sample')}
          </Button>
          <a href={`${page.base}/docs`} target="_blank" rel="noreferrer">
            {t('import.documentation')}
          </a>
        </div>
      </div>
    </details>
  )
}
