import type { ReactNode } from 'react'
import type { Statistics } from '../api/types.ts'
import { number, t } from '../text/text.ts'
import { day as dayText } from '../text/time.ts'

type Day = Statistics['days'][number]
type Props = { title: string; days: readonly Day[]; value(day: Day): number; more?: ReactNode }

const width = 600
const height = 120

/** A number of each day as bars, with the same numbers in a table behind it. */
export function DayChart({ title, days, value, more }: Props) {
  const values = days.map(value)
  const most = Math.max(...values)
  const total = values.reduce((sum, each) => sum + each, 0)
  const step = width / days.length
  const summary = t('chart.summary', { title, total: number(total), count: days.length, most: number(most) })
  return (
    <figure className="card pad chart">
      <figcaption>
        <span className="grow">{title}</span>
        <strong className="num">{number(total)}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
        {days.map((day, index) => {
          const size = most === 0 ? 0 : (value(day) / most) * (height - 4)
          return (
            <rect key={day.day} x={index * step + 2} y={height - size} width={step - 4} height={size} rx={2}>
              <title>{`${dayText(day.day)}: ${number(value(day))}`}</title>
            </rect>
          )
        })}
      </svg>
      <div className="axis dim small" aria-hidden>
        <span>{dayText(days[0]?.day ?? '')}</span>
        <span>{t('chart.today')}</span>
      </div>
      <div className="chart-foot small">
        <details>
          <summary>{t('chart.table')}</summary>
          <table>
            <thead>
              <tr>
                <th>{t('chart.day')}</th>
                <th>{title}</th>
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.day}>
                  <td>{dayText(day.day)}</td>
                  <td className="num">{number(value(day))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
        {more}
      </div>
    </figure>
  )
}
