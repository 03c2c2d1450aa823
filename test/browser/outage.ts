import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { Report } from '../../scripts/report.ts'
import { freePort } from '../../scripts/free-port.ts'
import type { House } from './house.ts'
import { askAgain, goTo, served } from './panels.ts'
import { AWAY, Visitor } from './visitor.ts'

/** What is cached is served on without a database, what is not is said to be missing. */
export async function playOutage (browser: Browser, house: House, report: Report): Promise<void> {
  const fay = await Visitor.come(browser, house.address, {}, 'dashboard')
  const { page } = fay

  await report.check('without a database the dashboard comes from Redis, and a search says what is wrong', async () => {
    await fay.signIn('Fay Lake')
    await page.locator('#view-dashboard[data-state=ready]').waitFor()
    await goTo(fay, 'Patients')
    await page.locator('#view-patients[data-state=ready]').waitFor()
    fay.expected = AWAY
    await house.stopApp()
    // Nobody listens there.
    await house.startApp({ DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
    await goTo(fay, 'Dashboard')
    assert.match(await served(fay, 'dashboard', 'hit'), /Redis/)
    await goTo(fay, 'Patients')
    await page.locator('#view-patients[data-state=ready]').waitFor()
    await page.getByLabel('Search by name').fill('never asked before')
    await page.locator('#view-patients[data-state=error] > .message').getByText(/The database cannot be reached.*What you see is of/).waitFor()
    assert.ok(await page.locator('#patients tr').count() > 0, 'what was shown stays')
    assert.equal(await page.locator('#view-patients [data-part=served]').isVisible(), false)
  })
  await report.check('once it is back, so is the search', async () => {
    await house.stopApp()
    await house.startApp()
    await askAgain(fay)
    await page.getByText('Nobody here has “never asked before” in the name.').waitFor()
    assert.deepEqual(fay.complaints, [])
    await fay.context.close()
  })
}
