import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import type { Report } from '../../scripts/report.ts'
import type { House } from './house.ts'
import { answer, goTo, served } from './panels.ts'
import { Visitor } from './visitor.ts'

interface Status {
  plugins: { cache: { stats: { namespaces: Record<string, { hits: number, stale: number, joined: number, loads: number }> } } }
  database: { stats: { queries: Record<string, { sent: number, cache: string | null }> } }
}
const { NAMES } = await import(new URL('../../public/savings.js', import.meta.url).href) as { NAMES: Record<string, string> }

/** Reports, and the figures of what the cache does. */
export async function playReports (browser: Browser, house: House, report: Report): Promise<void> {
  const ivy = await Visitor.come(browser, house.address, { acceptDownloads: true }, 'reports')
  const { page } = ivy

  await report.check('each report is shown: a part of its rows, and how many there are', async () => {
    await ivy.signIn('Ivy Stone')
    await page.getByLabel('Month').selectOption('2026-03')
    for (const kind of ['Prescriptions', 'Activity', 'Visits']) {
      await page.getByRole('radio', { name: kind }).check()
      const { rows } = await answer<{ rows: unknown[] }>(ivy, `/reports/${kind.toLowerCase()}?month=2026-03`)
      await page.locator('#report-caption').getByText(new RegExp(`${kind}, March 2026: the first 25 of ${rows.length.toLocaleString('en')} rows`, 'i')).waitFor()
      assert.equal(await page.locator('#report-rows tr').count(), 25)
    }
  })
  await report.check('the CSV has a line a row', async () => {
    const { rows } = await answer<{ rows: unknown[] }>(ivy, '/reports/visits?month=2026-03')
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download CSV' }).click()
    const file = await download
    assert.equal(file.suggestedFilename(), 'visits-2026-03.csv')
    const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n')
    assert.equal(lines[0], 'id,at,patient,clinician,diagnosis,minutes')
    assert.equal(lines.length, rows.length + 1)
    assert.match(await served(ivy, 'reports', 'hit'), /Memory/)
  })
  await report.check('an export tells what the queue says: that there is none', async () => {
    ivy.expected = /status of 503/
    await page.getByRole('button', { name: 'Export as a job' }).click()
    await page.locator('#export-answer').getByText('Not accepted (disabled)').waitFor()
    assert.match(String(await page.locator('#export-answer').textContent()), /was not accepted.*Retry-After: 1 h · Job [0-9a-f-]{36}/)
    ivy.expected = undefined
  })
  await report.check('the figures are those of /status, and reckoned with queries that there are', async () => {
    await goTo(ivy, 'Dashboard')
    const shown = async () => {
      const reply = await page.waitForResponse('**/status')
      return { status: await reply.json() as Status, reads: await page.locator('#reads').textContent(), ratio: await page.locator('#hit-ratio').textContent() }
    }
    await shown()
    const { status, reads, ratio } = await shown()
    const { namespaces } = status.plugins.cache.stats
    const all = Object.keys(NAMES).flatMap(name => namespaces[name] ?? [])
    const total = all.reduce((sum, { hits, stale, joined, loads }) => sum + hits + stale + joined + loads, 0)
    assert.equal(reads, `of ${total.toLocaleString('en')} reads`)
    assert.match(String(ratio), /^\d+(\.\d)? %$/)
    assert.match(String(await page.locator('#without-cost').textContent()), /^[\d.,]+ m?s, [\d,]+ queries$/)
    const spared = new Set(Object.values(status.database.stats.queries).map(({ cache }) => cache))
    assert.deepEqual(Object.keys(NAMES).filter(namespace => !spared.has(namespace)), [], 'of each there is what it spares')
    assert.deepEqual([...spared].filter(namespace => namespace !== null && !(namespace in NAMES)), [])
    assert.match(String(await page.getByRole('img', { name: /Billed commands/ }).textContent()), /billed commands a minute/)
  })
  await report.check('who does not look does not ask, and asks at once when he looks again', async () => {
    const other = await ivy.context.newPage()
    await other.clock.install()
    await other.goto(`${house.address}/?view=dashboard`)
    await other.waitForResponse('**/status')
    let asked = 0
    other.on('request', request => { if (new URL(request.url()).pathname === '/status') asked++ })
    const look = async (hidden: boolean) => await other.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`)
    await look(true)
    await other.clock.runFor(60_000)
    await other.evaluate('fetch("/health")')
    assert.equal(asked, 0)
    const reply = other.waitForResponse('**/status')
    await look(false)
    await reply
    await other.close()
  })
  await report.check('no console complained of the reports', async () => {
    assert.deepEqual(ivy.complaints, [])
    await ivy.context.close()
  })
}
