import type { Visitor } from './visitor.ts'

/** Keeps what a visitor sees, for the README. */
export async function picture ({ page }: Visitor, name: string, { fullPage = false } = {}): Promise<void> {
  await page.evaluate('document.activeElement?.blur(); scrollTo(0, 0)')
  await page.screenshot({ path: new URL(`../../docs/images/${name}.png`, import.meta.url).pathname, animations: 'disabled', fullPage })
}
