import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'

/** What the console says while the server is away. */
export const AWAY = /net::ERR_|status of 503/

/** Milliseconds that anything on the page may take. */
const PATIENCE = 20_000

/** Somebody with a browser profile of his own, at the page. */
export class Visitor {
  readonly page: Page
  readonly context: BrowserContext
  /** What the console had to complain of, violations of the content security policy included. */
  readonly complaints: string[] = []
  /** What the console complains of on purpose, for as long as it does: the server's absence, or its refusal. */
  expected: RegExp | undefined

  private constructor (context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.setDefaultTimeout(PATIENCE)
    page.on('pageerror', error => this.complaints.push(error.message))
    page.on('console', message => {
      if (['error', 'warning'].includes(message.type()) && this.expected?.test(message.text()) !== true) this.complaints.push(message.text())
    })
  }

  static async come (browser: Browser, address: string, options: BrowserContextOptions = {}, view: string = 'people'): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1180, height: 1032 }, ...options })
    const visitor = new Visitor(context, await context.newPage())
    await visitor.page.goto(`${address}/?view=${view}`)
    return visitor
  }

  async signIn (name: string): Promise<void> {
    await this.page.getByLabel('Display name').fill(name)
    await this.page.getByRole('button', { name: 'Sign in' }).click()
    await this.member(name).waitFor({ state: 'attached' })
  }

  /** The row of somebody in the room, by his name. */
  member (name: string): Locator {
    return this.page.locator('#members .person').filter({ hasText: name })
  }

  async sees (name: string, state: string, says = ''): Promise<void> {
    await this.page.locator(`#members .person[data-state=${state}]`).filter({ hasText: name }).filter({ hasText: says }).waitFor()
  }

  async hears (text: string): Promise<void> {
    await this.page.getByRole('log').getByText(text, { exact: true }).first().waitFor()
  }

  /** Whether something is on the page, once it is or for as long as it is not yet. */
  async notice (name: string, shown: boolean): Promise<void> {
    await this.page.locator(`[data-notice=${name}]`).waitFor({ state: shown ? 'visible' : 'detached' })
  }
}
