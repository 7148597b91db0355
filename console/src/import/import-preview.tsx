import { t } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'
import { noteText, type Report } from './run-import.ts'

/** What was recognised in the file, and the first users as they would arrive. */
export function ImportPreview({ report: { preview, rowNotes } }: { report: Report }) {
  if (!preview) return null
  const { format, columns, samples = [] } = preview
  // Of other formats than CSV, roles with permissions are not given either.
  const otherRole = format === 'csv' ? 'import.no_role' : 'import.role_not_given'
  return (
    <div className="stack">
      <h3>{t('import.recognised', { format })}</h3>
      {Object.keys(columns).length > 0 && (
        <ul className="tags">
          {Object.entries(columns).map(([column, field]) => (
            <li key={column}>
              <Tag>
                {column} → {field}
              </Tag>
            </li>
          ))}
        </ul>
      )}
      {samples.length > 0 && (
        <div className="card table-box">
          <table className="cards">
            <caption>{t('import.samples')}</caption>
            <thead>
              <tr>
                <th>{t('import.row')}</th>
                <th>{t('user.name')}</th>
                <th>{t('user.email')}</th>
                <th>{t('user.roles')}</th>
                <th>{t('password')}</th>
              </tr>
            </thead>
            <tbody>
              {samples.map((user) => (
                <tr key={user.row}>
                  <td className="num tight" data-label={t('import.row')}>
                    {user.row}
                  </td>
                  <td>
                    {user.username ?? '–'}
                    <span className="sub">{[user.first_name, user.last_name].filter(Boolean).join(' ')}</span>
                    {rowNotes.get(user.row)?.map((note) => (
                      <span className="sub warn" key={note}>
                        {noteText(note)}
                      </span>
                    ))}
                  </td>
                  <td data-label={t('user.email')}>{user.email ?? '–'}</td>
                  <td data-label={t('user.roles')}>
                    <div>
                      {(user.roles ?? []).join(', ') || '–'}
                      {user.other_roles?.map((role) => (
                        <span className="sub warn" key={role}>
                          {t(otherRole, { role })}
                        </span>
                      ))}
                    </div>
                  </td>
                  <td data-label={t('password')}>{t(`import.password_${user.password}`)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
