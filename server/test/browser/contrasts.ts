/** Runs in the page. @returns the contrast of its texts to what is behind them (WCAG 2.2, 1.4.3), by selector */
export function contrasts(): Record<string, number> {
  const parse = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = parse(colour).map((value) => {
      const part = value / 255
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element: Element | null): string => {
    const colour = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)'
    return element && parse(colour)[3] === 0 ? behind(element.parentElement) : colour
  }
  const found: Record<string, number> = {}
  for (const selector of ['h1', 'p', 'label', 'input', 'button', 'a', '#problem']) {
    const element = document.querySelector(selector)
    if (!element) continue
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))]
    found[selector] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
  }
  return found
}
