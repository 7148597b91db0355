/** Whether a page can be used with the keyboard alone. */
import type { Page } from 'playwright-core'

/** What the scripts in a page gather there. */
declare global {
  var stops: { element: Element; isVisible: boolean }[]
  var controls: Element[]
}

/**
 * Goes through the page with the Tab key. @returns the controls that it does not reach, and those that do not show that
 * they have the focus
 */
export async function keyboardFaults(page: Page): Promise<string[]> {
  const count = await page.evaluate(() => {
    globalThis.stops = []
    const isMarked = (element: Element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
      return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== 'none'
    }
    document.addEventListener('focusin', ({ target }) => {
      if (target instanceof Element) globalThis.stops.push({ element: target, isVisible: isMarked(target) })
    })
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    // Lists load more rows when their end comes near: what comes then, and the button that waits below, is not counted.
    globalThis.controls = [
      ...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]'),
    ]
    return globalThis.controls.length
  })
  for (let press = 0; press < count + 25; press += 1) await page.keyboard.press('Tab')
  return page.evaluate(() => {
    const reached = new Set(globalThis.stops.map(({ element }) => element))
    const name = (element: Element) => element.outerHTML.slice(0, 120)
    const radioGroups = new Set(
      [...reached]
        .filter((each) => each instanceof HTMLInputElement && each.type === 'radio')
        .map((each) => (each as HTMLInputElement).name),
    )
    const isControl = (element: Element) =>
      element.isConnected &&
      element.checkVisibility({ visibilityProperty: true }) &&
      !element.closest('[inert], [aria-hidden="true"], .below') &&
      !element.matches(':disabled, [tabindex="-1"], [type="hidden"]') &&
      !(element instanceof HTMLInputElement && element.type === 'radio' && radioGroups.has(element.name))
    return [
      ...globalThis.controls
        .filter((each) => isControl(each) && !reached.has(each))
        .map((each) => `not reached: ${name(each)}`),
      ...globalThis.stops
        .filter(({ element, isVisible }) => !isVisible && element !== document.body)
        .map(({ element }) => `the focus is not seen: ${name(element)}`),
    ]
  })
}
