import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import type { Report } from '../../scripts/report.ts'
import { bringGuests } from './guests.ts'
import type { House } from './house.ts'
import { picture } from './picture.ts'
import { AWAY, Visitor } from './visitor.ts'

/** What two people see of each other, one after the other, since each case goes on from the one before. */
export async function playPeople (browser: Browser, house: House, report: Report): Promise<void> {
  const ada = await Visitor.come(browser, house.address)
  const bob = await Visitor.come(browser, house.address, { colorScheme: 'dark' })

  await report.check('two people sign in, and each sees the other come', async () => {
    await ada.signIn('Ada Byron')
    await bob.signIn('Bob Marsh')
    await ada.hears('Bob Marsh joined')
    await bob.sees('Ada Byron', 'online')
    await ada.page.getByText('2 here', { exact: true }).waitFor()
  })
  await report.check('the page says whether presence is local, as the server does', async () => {
    const status = await (await fetch(`${house.address}/status`)).json() as { plugins: { presence: { serves: string } } }
    await ada.notice('local', status.plugins.presence.serves === 'local')
  })
  await report.check('a status is seen by the other, and said', async () => {
    await bob.page.getByRole('radio', { name: 'Away' }).check()
    await ada.sees('Bob Marsh', 'away', 'Away')
    await ada.hears('Bob Marsh is away')
  })
  await report.check('a custom status is seen by the other, and can be cleared', async () => {
    await bob.page.getByLabel('Emoji').fill('🍵')
    await bob.page.getByLabel('Message').fill('Having tea')
    await bob.page.getByRole('button', { name: 'Show it' }).click()
    await ada.sees('Bob Marsh', 'away', '🍵 Having tea')
    await bob.page.getByRole('button', { name: 'Clear' }).click()
    await ada.hears('Bob Marsh cleared the message')
  })
  await report.check('typing is seen by the other, and what is typed stays here', async () => {
    await bob.page.getByLabel(/^Scratch pad/).pressSequentially('secret')
    await ada.page.getByText('Bob Marsh is typing…').waitFor()
    assert.doesNotMatch(await ada.page.content(), /secret/)
    await ada.page.getByText('Bob Marsh is typing…').waitFor({ state: 'detached' })
  })
  await report.check('who is invisible leaves, and joins when he shows himself', async () => {
    await bob.page.getByRole('radio', { name: 'Invisible' }).check()
    await ada.hears('Bob Marsh left')
    await bob.page.getByRole('radio', { name: 'Away' }).check()
    await ada.sees('Bob Marsh', 'away')
  })
  await report.check('pictures are taken in light and dark', async () => {
    const dismiss = await bringGuests(house.address, 'lobby')
    await ada.sees('Zoë Laurent', 'away')
    await bob.page.getByLabel(/^Scratch pad/).fill('Something else')
    await ada.page.getByText('Bob Marsh is typing…').waitFor()
    await picture(ada, 'presence-light')
    await bob.page.getByLabel(/^Scratch pad/).fill('')
    await ada.page.getByLabel(/^Scratch pad/).fill('An answer')
    await bob.page.getByText('Ada Byron is typing…').waitFor()
    await picture(bob, 'presence-dark')
    dismiss()
    await ada.hears('Mira Okafor left')
  })
  await report.check('when the server was restarted both are back by themselves, as they were', async () => {
    for (const visitor of [ada, bob]) visitor.expected = AWAY
    await house.stopApp()
    await ada.notice('lost', true)
    await house.startApp()
    for (const visitor of [ada, bob]) await visitor.notice('lost', false)
    await ada.sees('Bob Marsh', 'away')
    await bob.sees('Ada Byron', 'online')
    for (const visitor of [ada, bob]) visitor.expected = undefined
  })
  await report.check('another room is another company, whatever its name', async () => {
    for (const name of ['__proto__', 'ward 7/b?c#d', '🦊']) {
      await ada.page.getByLabel('Room', { exact: true }).fill(name)
      await ada.page.getByRole('button', { name: 'Go there' }).click()
      await ada.page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
      await ada.page.getByText('1 here', { exact: true }).waitFor()
    }
    await ada.page.reload()
    await ada.page.getByRole('heading', { level: 1, name: '🦊', exact: true }).waitFor()
    await ada.page.evaluate("location.hash = 'lobby'")
    await ada.sees('Bob Marsh', 'away')
    await ada.page.getByLabel(/^Scratch pad/).fill('In this room alone')
    await bob.page.getByText('Ada Byron is typing…').waitFor()
  })
  await report.check('where another process holds the stream, a new one takes the status along', async () => {
    const eve = await Visitor.come(browser, house.address)
    await eve.signIn('Eve Hill')
    await eve.page.route('**/status', async route => await route.fulfill({ status: 409, json: { detail: 'not here' } }))
    await eve.page.getByRole('radio', { name: 'Busy' }).check()
    await ada.sees('Eve Hill', 'busy')
    await eve.page.route('**/session', async route => await route.fulfill({ status: 401, json: {} }))
    await eve.page.route('**/stream?**', async route => await route.abort())
    await eve.page.getByRole('radio', { name: 'Away' }).check()
    await eve.page.getByText('You are not signed in any more.').waitFor()
    await eve.context.close()
    await ada.hears('Eve Hill left')
  })
  await report.check('who closes the page leaves, and is said to have been there just now', async () => {
    await bob.context.close()
    await ada.hears('Bob Marsh left')
    await ada.page.locator('#gone-list .person').filter({ hasText: 'Bob Marsh' }).filter({ hasText: 'Last seen just now' }).waitFor()
  })
  await report.check('who signs out is at the door again', async () => {
    await ada.page.getByRole('button', { name: 'Sign out' }).click()
    await ada.page.getByLabel('Display name').waitFor()
  })
  await report.check('no console complained, and nothing violated the content security policy', async () => {
    assert.deepEqual([...ada.complaints, ...bob.complaints], [])
  })
}
