import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { Report } from '../../scripts/report.ts'
import type { House } from './house.ts'
import { goTo } from './panels.ts'
import { picture } from './picture.ts'
import { Visitor } from './visitor.ts'

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' } as const

/** The page with a keyboard alone, to a screen reader, and on a phone. */
export async function playAccess (browser: Browser, house: House, report: Report): Promise<void> {
  const cleo = await Visitor.come(browser, house.address)
  const { page } = cleo

  await report.check('with a keyboard alone one signs in, goes to a room and sets a status', async () => {
    await page.getByLabel('Display name').waitFor()
    await page.keyboard.type('Cleo Sand')
    await page.keyboard.press('Enter')
    await cleo.sees('Cleo Sand', 'online')
    await tabTo(cleo, 'room')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('attic')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'attic' }).waitFor()
    await tabTo(cleo, 'scratch')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await cleo.sees('Cleo Sand', 'busy', 'Busy')
    await tabTo(cleo, 'text')
    await page.keyboard.type('Keys only')
    await page.keyboard.press('Enter')
    await cleo.sees('Cleo Sand', 'busy', 'Keys only')
  })
  await report.check('what has the focus is seen', async () => {
    await tabTo(cleo, 'clear')
    assert.match(String(await page.evaluate('getComputedStyle(document.activeElement).outline')), /3px/)
  })
  await report.check('each control has a name, and the landmarks and headings are there', async () => {
    const controls = 'input, select, textarea, button'
    const unnamed = await page.evaluate(`[...document.querySelectorAll('${controls}')].filter(control => !control.labels?.length && control.textContent.trim() === '').map(({ id }) => id)`)
    assert.deepEqual(unnamed, [])
    for (const role of ['banner', 'main', 'log', 'status'] as const) assert.equal(await page.getByRole(role).count(), 1, role)
    assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
  })
  await report.check('what is no room is said at the field', async () => {
    await page.getByLabel('Room', { exact: true }).fill('..')
    await page.keyboard.press('Enter')
    await page.getByText('A room has 1 to 128 bytes').waitFor()
  })

  await report.check('with a keyboard alone one finds a patient, changes him and is where one was', async () => {
    await tabTo(cleo, 'nav-patients')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Patients' }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.id'), 'patients-title')
    await tabTo(cleo, 'search')
    await page.keyboard.type('Wanda K')
    await page.getByText(/with “Wanda K”/).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    const id = await page.evaluate('document.activeElement.dataset.id')
    await page.keyboard.press('Enter')
    await page.locator('#editor-served').waitFor()
    await tabTo(cleo, 'patient-phone')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('+1 555 0199')
    await page.keyboard.press('Enter')
    await page.locator('#invalidated').waitFor()
    await page.locator('#patients tr').first().getByText('+1 555 0199').waitFor()
    assert.equal(await page.evaluate('document.activeElement.dataset.id'), id)
  })
  await report.check('what changes by itself is not read out on and on', async () => {
    const live = await page.evaluate("[...document.querySelectorAll('[role=status], [role=log], [role=alert], [aria-live]')].flatMap(live => [...live.querySelectorAll('[id]'), live].map(({ id }) => id))") as string[]
    for (const id of ['hit-ratio', 'price-now', 'chart-text', 'savings', 'editor-served']) assert.ok(!live.includes(id), id)
  })

  const dora = await Visitor.come(browser, house.address, PHONE)
  await report.check('on a phone nothing is cut off at the side', async () => {
    const fits = async () => assert.equal(await dora.page.evaluate('document.documentElement.scrollWidth'), PHONE.viewport.width)
    await fits()
    await dora.signIn('Dora with a name as long as they may be')
    await dora.page.getByRole('radio', { name: 'Busy' }).check()
    await dora.sees('Dora', 'busy')
    await fits()
    await picture(dora, 'presence-phone')
  })
  await report.check('nor on one of 360 pixels, in any part of the page', async () => {
    await dora.page.setViewportSize({ width: 360, height: 780 })
    for (const name of ['Patients', 'Reports', 'People', 'Dashboard']) {
      await goTo(dora, name)
      if (name !== 'People') await dora.page.locator(`#view-${name.toLowerCase()}[data-state=ready]`).waitFor()
      assert.equal(await dora.page.evaluate('document.documentElement.scrollWidth'), 360, name)
    }
    await dora.page.getByText('How these are reckoned').click()
    await dora.page.getByText('As a table').click()
    assert.equal(await dora.page.evaluate('document.documentElement.scrollWidth'), 360)
    await dora.page.getByText('How these are reckoned').click()
    await dora.page.getByText('As a table').click()
    await picture(dora, 'clinic-phone')
  })
  await report.check('nor did these consoles complain', async () => {
    assert.deepEqual([...cleo.complaints, ...dora.complaints], [])
  })
}

/** Presses Tab until the element has the focus. */
async function tabTo ({ page }: Visitor, id: string): Promise<void> {
  for (let n = 0; n < 60; n++) {
    if (await page.evaluate('document.activeElement?.id') === id) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${id}`)
}
