import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { Report } from '../../scripts/report.ts'
import type { House } from './house.ts'
import { answer, askAgain, goTo, served } from './panels.ts'
import { picture } from './picture.ts'
import { Visitor } from './visitor.ts'

interface Dashboard { visitsPerDay: unknown[], topDiagnoses: unknown[], loadPerClinician: unknown[] }
interface Listing { total: number, pages: number, patients: Array<{ id: number, name: string, phone: string }> }

/** The dashboard and the patients, as two people of one workspace see them. */
export async function playClinic (browser: Browser, house: House, report: Report): Promise<void> {
  const ann = await Visitor.come(browser, house.address, {}, 'dashboard')
  const ben = await Visitor.come(browser, house.address, { colorScheme: 'dark' }, 'patients')
  const { page } = ann
  const rows = page.locator('#patients tr')

  await report.check('the dashboard comes from the database, then from memory', async () => {
    await ann.signIn('Ann Field')
    assert.match(await served(ann, 'dashboard', 'miss'), /Database.*ms/)
    await askAgain(ann)
    assert.match(await served(ann, 'dashboard', 'hit'), /Memory.*(old|just now).*ms/)
  })
  await report.check('each chart has a mark for each figure', async () => {
    const { visitsPerDay, topDiagnoses, loadPerClinician } = await answer<Dashboard>(ann, '/dashboard')
    for (const [chart, figures] of [['days', visitsPerDay], ['diagnoses', topDiagnoses], ['clinicians', loadPerClinician]] as const) {
      const heights = await page.locator(`#${chart} rect`).evaluateAll(marks => marks.map(mark => mark.getBoundingClientRect()).map(({ width, height }) => width * height)) as number[]
      assert.equal(heights.length, figures.length, chart)
      assert.ok(figures.length > 5 && heights.every(height => height > 0), chart)
    }
    assert.equal(await page.locator('#days-rows tr').count(), visitsPerDay.length)
  })
  await report.check('a search shows who has it in the name, and says when nobody has', async () => {
    await goTo(ann, 'Patients')
    await page.getByLabel('Search by name').fill('zhou')
    const { total } = await answer<Listing>(ann, '/patients?search=zhou')
    await page.getByText(`${total} patients with “zhou”`).waitFor()
    for (const text of await rows.allTextContents()) assert.match(text, /Zhou/)
    await page.getByLabel('Search by name').fill('nobody at all')
    await page.getByText('Nobody here has “nobody at all” in the name.').waitFor()
    assert.equal(await page.locator('#patients-table').isVisible(), false)
    await page.getByLabel('Search by name').fill('')
    await page.getByText(/^[\d,]+ patients$/).waitFor()
  })
  await report.check('pages follow each other, and a reload and the way back show the same', async () => {
    const { pages } = await answer<Listing>(ann, '/patients')
    const first = await rows.first().textContent()
    assert.equal(await page.getByRole('button', { name: 'Previous' }).isDisabled(), true)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText(`Page 2 of ${pages}`).waitFor()
    assert.notEqual(await rows.first().textContent(), first)
    await page.reload()
    await page.getByText(`Page 2 of ${pages}`).waitFor()
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByText(`Page 1 of ${pages}`).waitFor()
    await goTo(ann, 'Dashboard')
    await page.goBack()
    await page.getByText(`Page 1 of ${pages}`).waitFor()
  })
  await report.check('an edit shows what it took out of the cache, and the other sees it', async () => {
    await ben.signIn('Ben Rivers')
    await served(ben, 'patients', 'hit')
    const [patient] = (await answer<Listing>(ann, '/patients')).patients
    assert.ok(patient !== undefined)
    await rows.first().getByRole('button', { name: `Edit ${patient.name}` }).click()
    await page.locator('#editor-served[data-kind=miss]').waitFor()
    await page.getByLabel('Phone').fill('+1 555 0042')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('#invalidated').waitFor()
    assert.deepEqual(await page.locator('#invalidated code').allTextContents(), [`patient:${patient.id}`, 'patients:north'])
    await rows.first().getByText('+1 555 0042').waitFor()
    await served(ann, 'patients', 'miss')
    assert.equal(await page.evaluate('document.activeElement.dataset.id'), String(patient.id), 'the focus is back')
    await askAgain(ben)
    await ben.page.locator('#patients tr').first().getByText('+1 555 0042').waitFor()
    await served(ben, 'patients', 'hit')
  })
  await report.check('what the dashboard was made of was not invalidated', async () => {
    await goTo(ann, 'Dashboard')
    await served(ann, 'dashboard', 'hit')
  })
  await report.check('a new patient is found, and text is shown as text', async () => {
    const name = '<img src=x onerror=alert(1)> Zzz'
    await goTo(ann, 'Patients')
    await page.getByRole('button', { name: 'New patient' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByLabel('Born').fill('2001-02-03')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('#invalidated').getByText(name).waitFor()
    await page.getByLabel('Search by name').fill('zzz')
    await rows.first().getByText(name).waitFor()
    assert.equal(await page.locator('#patients img').count(), 0)
  })
  await report.check('what the server refuses is said where it was typed, and Escape leaves all as it was', async () => {
    ann.expected = /status of 400/
    await rows.first().getByRole('button').click()
    await page.locator('#editor-served').waitFor()
    // The browser takes blanks for a name.
    await page.getByLabel('Name', { exact: true }).fill('  ')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('#editor-error').getByText(/name/).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#editor').waitFor({ state: 'hidden' })
    ann.expected = undefined
  })
  await report.check('a panel tells what it is refused, and goes on once it is not', async () => {
    await goTo(ann, 'Dashboard')
    await served(ann, 'dashboard', 'hit')
    ann.expected = /status of 403/
    await answer(ann, '/session/rights/dashboard:read', 'DELETE')
    await askAgain(ann)
    await page.locator('#view-dashboard[data-state=error] > .message').getByText(/dashboard:read/).waitFor()
    await answer(ann, '/session/rights/dashboard:read', 'PUT')
    ann.expected = undefined
    await askAgain(ann)
    await served(ann, 'dashboard', 'hit')
  })
  await report.check('pictures are taken of the dashboard and the patients', async () => {
    await liven(ann)
    await picture(ann, 'clinic-light', { fullPage: true })
    await goTo(ben, 'Dashboard')
    await liven(ben)
    await picture(ben, 'clinic-dark', { fullPage: true })
    await goTo(ann, 'Patients')
    await page.getByLabel('Search by name').fill('Maya')
    await page.getByText(/with “Maya”/).waitFor()
    await rows.nth(1).getByRole('button').click()
    await page.locator('#editor-served').waitFor()
    await page.getByLabel('Phone').fill('+1 555 0107')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('#invalidated').getByText('Maya').waitFor()
    await served(ann, 'patients', 'miss')
    await picture(ann, 'patients-light')
  })
  await report.check('no console complained of the clinic', async () => {
    assert.deepEqual([...ann.complaints, ...ben.complaints], [])
    for (const visitor of [ann, ben]) await visitor.context.close()
  })
}

/** Reads of several people, for charts and figures with some life in them. */
async function liven (visitor: Visitor): Promise<void> {
  for (const reads of [6, 14, 9, 22, 12]) {
    await visitor.page.evaluate(`Promise.all(Array.from({ length: ${reads} }, (_, n) => fetch('/patients?page=' + (1 + n % 5 + ${reads}))))`)
    await visitor.page.waitForResponse('**/status')
  }
}
