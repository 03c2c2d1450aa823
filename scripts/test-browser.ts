import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { playAccess } from '../test/browser/access.ts'
import { playPeople } from '../test/browser/cases.ts'
import { playClinic } from '../test/browser/clinic.ts'
import { House } from '../test/browser/house.ts'
import { playOutage } from '../test/browser/outage.ts'
import { playReports } from '../test/browser/reports.ts'
import { Report } from './report.ts'

// The built page in a real Chromium, of the system: nothing is downloaded.

const PLACES = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']
const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'
]

const report = new Report()
const executablePath = PLACES.find(place => place !== undefined && existsSync(place))
if (executablePath === undefined) {
  await report.check('there is a Chromium', async () => { throw new Error('install one: apt-get install -y chromium\nor say in CHROMIUM_PATH where it is') })
} else {
  // Each launch has a new profile in a folder of its own, which goes with the browser.
  const browser = await chromium.launch({ executablePath, args: ARGS })
  const house = await House.open()
  try {
    await playClinic(browser, house, report)
    await playReports(browser, house, report)
    await playPeople(browser, house, report)
    await playAccess(browser, house, report)
    await playOutage(browser, house, report)
  } finally {
    await browser.close()
    await house.close()
  }
}
process.exitCode = report.close()
