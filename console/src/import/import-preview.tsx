import { t } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'
import type { Preview } from './run-import.ts'

/** What was recognised in the file, and the first users as they would arrive. */
export function ImportPreview({ preview: { format, columns, samples = [] } }: { preview: Preview }) {
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
          <table>
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
                  <td className="num tight">{user.row}</td>
                  <td>
                    {user.username ?? '–'}
                    <span className="sub">{[user.first_name, user.last_name].filter(Boolean).join(' ')}</span>
                  </td>
                  <td>{user.email ?? '–'}</td>
                  <td>{(user.roles ?? []).join(', ') || '–'}</td>
                  <td>{t(`import.password_${user.password}`)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
