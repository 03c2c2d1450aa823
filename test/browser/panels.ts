import type { Visitor } from './visitor.ts'

/** Waits until a part of the page says that it was served so: `hit`, `miss` or `stale`. Answers all that it says. */
export async function served ({ page }: Visitor, view: string, kind: string): Promise<string> {
  const label = page.locator(`#view-${view}[data-state=ready] [data-part=served][data-kind=${kind}]`)
  await label.waitFor()
  return String(await label.textContent())
}

export async function askAgain ({ page }: Visitor): Promise<void> {
  await page.getByRole('button', { name: 'Ask again' }).click()
}

export async function goTo ({ page }: Visitor, name: string): Promise<void> {
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).click()
  await page.locator(`#view-${name.toLowerCase()}`).waitFor()
}

/** What a route answers this user. */
export async function answer<T> ({ page }: Visitor, url: string, method = 'GET'): Promise<T> {
  return await page.evaluate(`fetch('${url}', { method: '${method}' }).then(reply => reply.json())`) as T
}
