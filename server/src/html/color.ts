/** Colours of the form `#rrggbb`, and their contrast as WCAG 2.2 defines it. */

export type Color = `#${string}`

export function isColor(text: string): text is Color {
  return /^#[0-9a-f]{6}$/i.test(text)
}

/** @returns from 1 (the same colour) to 21 (black and white) */
export function contrast(one: Color, other: Color): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** @param share of the other colour, from 0 to 1 */
export function mix(one: Color, other: Color, share: number): Color {
  const others = channels(other)
  const mixed = channels(one).map((value, at) => Math.round(value + (others[at]! - value) * share))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

function luminance(color: Color): number {
  const [red, green, blue] = channels(color).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channels(color: Color): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
}
