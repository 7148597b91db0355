import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { counted, number, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNotice } from '../ui/problem.tsx'
import { saveFile } from '../ui/save-file.ts'
import { ImportPreview } from './import-preview.tsx'
import { noteText, type Report, reasonOf, rejectedFile, rowsIn } from './run-import.ts'

const shownRows = 100

/** The progress of an import, the results of its rows, and the reasons for rejected rows. */
export function ImportReport({ isDry, report }: { isDry: boolean; report: Report }) {
  const { progress, isDone, rejected, error } = report
  const isComplete = isDone && progress === 1
  const title = !isDone
    ? 'import.running'
    : isComplete
      ? isDry
        ? 'import.dry_done'
        : 'import.done'
      : 'import.stopped'
  return (
    <section className="card pad stack" aria-labelledby="import-report">
      <div role="status">
        <h2 id="import-report">{t(title)}</h2>
      </div>
      <progress max={1} value={progress} aria-labelledby="import-report" />
      <ProblemNotice error={error} />
      <dl className="counts">
        {(['created', 'updated', 'skipped', 'failed'] as const).map((name) => (
          <div key={name} className={name === 'failed' && report.failed > 0 ? 'bad' : undefined}>
            <dt>{t(isDry ? `import.would_${name}` : `import.${name}`)}</dt>
            <dd className="num">{number(report[name])}</dd>
          </div>
        ))}
      </dl>
      {isComplete && rowsIn(report) === 0 && (
        <p className="notice warn">
          <span className="body">{t('import.no_rows')}</span>
        </p>
      )}
      <Counted title={t('import.skips')} counts={report.skips} />
      <Counted title={t('import.notes')} counts={report.notes} />
      {isComplete && isDry && <ImportPreview report={report} />}
      {isComplete && !isDry && (
        <div>
          <Link className="button" to="/console/users">
            {t('import.see_users')}
          </Link>
        </div>
      )}
      {rejected.length > 0 && (
        <div className="stack">
          <div className="screen-head flush">
            <h3 className="grow">{t('import.rejected')}</h3>
            {isDone && (
              <Button
                icon={<Download size={16} aria-hidden />}
                onClick={() => saveFile(rejectedFile(rejected), 'rejected.csv')}
              >
                {t('import.download')}
              </Button>
            )}
          </div>
          <div className="card table-box">
            <table>
              <thead>
                <tr>
                  <th>{t('import.row')}</th>
                  <th>{t('import.reason')}</th>
                </tr>
              </thead>
              <tbody>
                {rejected.slice(0, shownRows).map((row) => (
                  <tr key={row.row}>
                    <td className="num tight">{number(row.row)}</td>
                    <td>{reasonOf(row)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {rejected.length > shownRows && (
            <p className="dim small">{counted('import.more', rejected.length - shownRows)}</p>
          )}
        </div>
      )}
    </section>
  )
}

/** Texts of the service with the number of rows that have them, the most frequent first. */
function Counted({ title, counts }: { title: string; counts: ReadonlyMap<string, number> }) {
  if (counts.size === 0) return null
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {[...counts]
          .sort(([, one], [, other]) => other - one)
          .map(([text, count]) => (
            <li key={text}>
              <b className="num">{counted('import.rows', count)}</b>: {noteText(text)}
            </li>
          ))}
      </ul>
    </div>
  )
}
