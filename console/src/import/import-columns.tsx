import { t, textOr } from '../text/text.ts'
import { columnFields, leftOut, metadataOf } from './columns.ts'

type Props = {
  header: readonly string[]
  /** What the service recognised in the last dry run. */
  recognised: Readonly<Record<string, string>>
  /** The chosen field of a column; the service recognises the others. */
  choices: ReadonlyMap<string, string>
  isOpen: boolean
  isDisabled: boolean
  onChange(choices: ReadonlyMap<string, string>): void
}

/** The field that each column of a CSV file becomes. */
export function ImportColumns({ header, recognised, choices, isOpen, isDisabled, onChange }: Props) {
  const choose = (column: string, field: string) => {
    const next = new Map(choices)
    if (field === '') next.delete(column)
    else next.set(column, field)
    onChange(next)
  }
  return (
    <details open={isOpen}>
      <summary>{t('import.columns')}</summary>
      <p className="dim">{t('import.columns_text')}</p>
      <div className="columns-map">
        {header.map((column, index) => {
          const id = `column-${index}`
          return (
            <div key={column}>
              <label htmlFor={id}>{column}</label>
              <select
                id={id}
                className="input"
                value={choices.get(column) ?? ''}
                disabled={isDisabled}
                onChange={({ target }) => choose(column, target.value)}
              >
                <option value="">{automatic(choices.has(column) ? undefined : recognised[column])}</option>
                <option value={leftOut}>{t('import.column_ignore')}</option>
                <option value={metadataOf(column)}>{t('import.column_metadata')}</option>
                {columnFields.map((field) => (
                  <option key={field} value={field}>
                    {textOr(`import.field.${field}`, field)}
                  </option>
                ))}
              </select>
            </div>
          )
        })}
      </div>
    </details>
  )
}

/** @param field of the service: fields and parts of the metadata, or `left out` */
function automatic(field: string | undefined): string {
  if (field === undefined) return t('import.column_auto')
  const text = field === 'left out' ? t('import.column_ignored') : textOr(`import.field.${field}`, field)
  return t('import.column_recognised', { field: text })
}
