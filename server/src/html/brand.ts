/** The brand of the operator on the pages: a logo, an accent colour, and links to terms and to a privacy policy. */
import { createHash } from 'node:crypto'
import { type Color, contrast, mix } from './color.ts'

export type Brand = {
  logo: Logo | null
  /** The accent colours of the light and of the dark theme. */
  colors: { light: Color; dark: Color } | null
  termsUrl: string | null
  privacyUrl: string | null
}
export type Logo = { type: 'image/svg+xml' | 'image/png'; bytes: Buffer }

export const noBrand: Brand = { logo: null, colors: null, termsUrl: null, privacyUrl: null }

/** WCAG 2.2 asks for this contrast of texts. */
export const leastContrast = 4.5

/** The backgrounds of the pages that have the least contrast with an accent colour. */
const papers = { light: '#f7f7f8', dark: '#1d1f24' } as const

/** The contrast of an accent colour with the background of a theme. */
export function contrastOf(color: Color, theme: keyof typeof papers): number {
  return contrast(color, papers[theme])
}

/** The colour for the dark theme: mixed with white until its contrast is sufficient. */
export function darkColorFor(light: Color): Color {
  for (let share = 0; share < 1; share += 0.05) {
    const lighter = mix(light, '#ffffff', share)
    if (contrastOf(lighter, 'dark') >= leastContrast) return lighter
  }
  return '#ffffff'
}

/** The style sheet that replaces the accent colour of the pages; empty without colours. */
export function brandStyle({ colors }: Brand): string {
  if (colors === null) return ''
  const { light, dark } = colors
  const values = {
    accent: [light, dark],
    'accent-hover': [mix(light, '#000000', 0.15), mix(dark, '#ffffff', 0.2)],
    'accent-soft': [softOf(light, papers.light), softOf(dark, papers.dark)],
  }
  const lines = Object.entries(values).map(([name, pair]) => `  --${name}: light-dark(${pair.join(', ')});\n`)
  return `:root {\n${lines.join('')}}\n`
}

/** A background for texts in the accent colour. */
function softOf(color: Color, paper: Color): Color {
  for (let share = 0.12; share > 0; share -= 0.02) {
    const soft = mix(paper, color, share)
    if (contrast(color, soft) >= leastContrast) return soft
  }
  return paper
}

/** The path of the logo, with its hash, so that browsers notice a new one; null without a logo. */
export function logoPath({ logo }: Brand): string | null {
  if (logo === null) return null
  const hash = createHash('sha256').update(logo.bytes).digest('hex').slice(0, 12)
  return `/pages/logo-${hash}.${logo.type === 'image/png' ? 'png' : 'svg'}`
}

/** The path of the style sheet, with its hash; null without colours. */
export function stylePath(brand: Brand): string | null {
  const style = brandStyle(brand)
  return style === ''
    ? null
    : `/pages/brand-${createHash('sha256').update(style).digest('hex').slice(0, 12)}.css`
}
