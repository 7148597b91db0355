/** The settings of the brand on the pages and in mails. */
import { readFileSync, statSync } from 'node:fs'
import { type Brand, contrastOf, darkColorFor, type Logo, leastContrast } from '../html/brand.ts'
import { type Color, isColor } from '../html/color.ts'
import { webAddress } from './values.ts'

const maxLogoBytes = 100 * 1024
const startOfSvg = /^\uFEFF?\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->).)*-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/s

function logo(value: string | undefined): Logo | null {
  if (value === undefined) return null
  if ((statSync(value, { throwIfNoEntry: false })?.size ?? 0) > maxLogoBytes)
    throw new Error('must be a file of at most 100 KiB')
  const bytes = readLogo(value)
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')))
    return { type: 'image/png', bytes }
  if (startOfSvg.test(bytes.toString('utf8'))) return { type: 'image/svg+xml', bytes }
  throw new Error('must be an SVG or PNG file')
}

function readLogo(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new Error('must be a file that can be read')
  }
}

const color =
  (theme: 'light' | 'dark') =>
  (value: string | undefined): Color | null => {
    if (value === undefined) return null
    if (!isColor(value)) throw new Error('must be a colour such as #1a6b54')
    const found = contrastOf(value, theme)
    if (found < leastContrast)
      throw new Error(
        `has a contrast of ${found.toFixed(1)} with the ${theme} pages and needs ${leastContrast}; take a ${theme === 'light' ? 'darker' : 'lighter'} colour`,
      )
    return value
  }

export const brandSettings = {
  brandLogo: {
    name: 'ROSTER_BRAND_LOGO',
    fallback: 'none',
    about: 'SVG or PNG file of at most 100 KiB, shown beside `ROSTER_APP_NAME` and as the icon of the pages',
    read: logo,
  },
  brandColor: {
    name: 'ROSTER_BRAND_COLOR',
    fallback: '`#4a4fd4`',
    about: 'accent colour of buttons and links on light pages and in mails. Its contrast is checked',
    read: color('light'),
  },
  brandColorDark: {
    name: 'ROSTER_BRAND_COLOR_DARK',
    fallback: 'a lighter tone of `ROSTER_BRAND_COLOR`',
    about: 'accent colour on dark pages',
    read: color('dark'),
  },
  termsUrl: {
    name: 'ROSTER_TERMS_URL',
    fallback: 'none',
    about: 'address of your terms of service, a link on the pages to sign in and to sign up',
    read: webAddress,
  },
  privacyUrl: {
    name: 'ROSTER_PRIVACY_URL',
    fallback: 'none',
    about: 'address of your privacy policy, a link on the same pages',
    read: webAddress,
  },
} as const

type Read = {
  brandLogo: Logo | null
  brandColor: Color | null
  brandColorDark: Color | null
  termsUrl: string | null
  privacyUrl: string | null
}

export function brandConfig({ brandLogo, brandColor, brandColorDark, termsUrl, privacyUrl }: Read): Brand {
  const light = brandColor ?? (brandColorDark === null ? null : '#4a4fd4')
  const colors = light === null ? null : { light, dark: brandColorDark ?? darkColorFor(light) }
  return { logo: brandLogo, colors, termsUrl, privacyUrl }
}
