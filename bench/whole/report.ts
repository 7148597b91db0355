/** The results as a table in Markdown and as charts of cost against size. */
import type { Memory } from '../service.ts'
import type { Cost } from './measuring.ts'
import type { Yardsticks } from './yardsticks.ts'

export type AtSize = { users: number; costs: Map<string, Cost>; idle: Memory; loaded: Memory }
export type Results = { engine: 'SQLite' | 'PostgreSQL'; yardsticks: Yardsticks; sizes: AtSize[] }

const micros = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1))
const thousands = (users: number) => (users >= 1e6 ? `${users / 1e6} M` : `${users / 1000} k`)

export function tableOf({ engine, yardsticks, sizes }: Results): string {
  const names = [...sizes[0]!.costs.keys()]
  const header = [
    `${engine}, CPU in µs`,
    ...sizes.map(({ users }) => thousands(users)),
    'growth',
    'p50 / p99 in ms, a second',
  ]
  const rows = names.map((name) => {
    const all = sizes.map(({ costs }) => costs.get(name)!)
    const [first, last] = [all[0]!, all.at(-1)!]
    const total = ({ cpu, databaseCpu }: Cost) => cpu + databaseCpu
    const shown = ({ cpu, databaseCpu }: Cost) =>
      engine === 'SQLite' ? micros(cpu) : `${micros(cpu)} + ${micros(databaseCpu)}`
    return [
      name,
      ...all.map(shown),
      `${(total(last) / total(first)).toFixed(2)}×`,
      `${last.p50.toFixed(1)} / ${last.p99.toFixed(1)}, ${last.perSecond.toFixed(0)}`,
    ]
  })
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  const memory = sizes.map(
    ({ users, idle, loaded }) =>
      `- ${thousands(users)}: ${idle.anonymous.toFixed(0)} MiB idle, ${loaded.anonymous.toFixed(0)} MiB after the load (anonymous), ${loaded.files.toFixed(0)} MiB of file pages`,
  )
  return [
    ...lines,
    '',
    `Yardsticks in this run: bare \`node:http\` ${micros(yardsticks.bareServer)} µs, one password hash ${micros(yardsticks.bareHash)} µs, one look-up by key ${micros(yardsticks.bareStatement)} µs of CPU; ${yardsticks.bulkInsert.toFixed(0)} rows a second into a table with three unique indexes.`,
    '',
    ...memory,
  ].join('\n')
}

const [width, height, left, bottom, right] = [720, 360, 60, 40, 190]
const colours = [
  '#2563eb',
  '#dc2626',
  '#059669',
  '#9333ea',
  '#d97706',
  '#0891b2',
  '#4b5563',
  '#be185d',
  '#65a30d',
]

/** Cost against size, both axes logarithmic. */
export function chartOf({ engine, sizes }: Results, title: string, names: readonly string[]): string {
  const shown = names.filter((name) => sizes[0]!.costs.has(name))
  const values = (name: string) =>
    sizes.map(({ costs }) => costs.get(name)!).map(({ cpu, databaseCpu }) => cpu + databaseCpu)
  const all = shown.flatMap(values)
  const low = 10 ** Math.floor(Math.log10(Math.min(...all)))
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all)))
  const x = (at: number) =>
    sizes.length === 1 ? left : left + (at / (sizes.length - 1)) * (width - left - right)
  const y = (value: number) =>
    height - bottom - (Math.log10(value / low) / Math.log10(high / low)) * (height - bottom - 40)
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, at) => low * 10 ** at)
  const grid = decades.map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}" stroke="#d1d5db"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  )
  const labels = placed(shown.map((name) => y(values(name).at(-1)!)))
  const lines = shown.map((name, at) => {
    const points = values(name).map((value, index) => `${x(index)},${y(value).toFixed(1)}`)
    const colour = colours[at % colours.length]
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/><text x="${width - right + 8}" y="${labels[at]! + 4}" fill="${colour}">${name}</text>`
  })
  const ticks = sizes.map(
    ({ users }, at) =>
      `<text x="${x(at)}" y="${height - 16}" text-anchor="middle">${thousands(users)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${title}">
<rect width="${width}" height="${height}" fill="white"/>
<text x="${left}" y="22" font-size="14" font-weight="600">${title} (${engine}): CPU µs a request by number of users</text>
${[...grid, ...ticks, ...lines].join('\n')}
</svg>
`
}

/** The same heights in the same order, with room for a line of text between each two. */
function placed(heights: readonly number[]): number[] {
  const order = heights.map((_, at) => at).sort((a, b) => heights[a]! - heights[b]!)
  const found: number[] = []
  let free = 0
  for (const at of order) {
    found[at] = Math.max(heights[at]!, free)
    free = found[at] + 15
  }
  return found
}
