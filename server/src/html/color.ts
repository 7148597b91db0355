/** Colours of the form `#rrggbb`, and their contrast as WCAG 2.2 defines it. */

export type Color = `#${string}`

export function isColor(text: string): text is Color {
  return /^#[0-9a-f]{6}$/i.test(text)
}

/** @returns from 1 (the same colour) to 21 (black and white) */
export function contrast(one: Color, other: Color): number {
  const [first, second] = [luminance(one), luminance(other)]
  return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05)
}

/** @param share of the other colour, from 0 to 1 */
export function mix(one: Color, other: Color, share: number): Color {
  const [from, to] = [channels(one), channels(other)]
  const mixed = (channel: keyof Channels) =>
    Math.round(from[channel] + (to[channel] - from[channel]) * share)
      .toString(16)
      .padStart(2, '0')
  return `#${mixed('red')}${mixed('green')}${mixed('blue')}`
}

function luminance(color: Color): number {
  const { red, green, blue } = channels(color)
  const linear = (value: number) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

type Channels = { red: number; green: number; blue: number }

function channels(color: Color): Channels {
  const channel = (at: number) => Number.parseInt(color.slice(at, at + 2), 16)
  return { red: channel(1), green: channel(3), blue: channel(5) }
}
