import { exportReport, report, reportFile } from './api.js'
import { byId, element } from './element.js'
import { count, span } from './words.js'

/** Rows that are shown; the file has them all. */
const SHOWN = 25
/** The seed's last month: until then there is something to report. */
const LAST = '2026-12'

/** A month's report of a kind: to see, as a file, and as a job. */
export class Reports {
  #panel
  #onSignedOut

  constructor (panel, onSignedOut) {
    this.#panel = panel
    this.#onSignedOut = onSignedOut
    const month = byId('month')
    month.replaceChildren(...months().map(name => element('option', { value: name }, monthText(name))))
    month.value = new Date().toISOString().slice(0, 7)
    byId('report-form').addEventListener('submit', event => {
      event.preventDefault()
      this.show()
    })
    byId('kinds').addEventListener('change', () => this.show())
    month.addEventListener('change', () => this.show())
    byId('download').addEventListener('click', () => this.#download())
    byId('export').addEventListener('click', () => this.#export())
  }

  async show () {
    const { kind, month } = wanted()
    byId('export-answer').hidden = true
    await this.#panel.show(() => report(kind, month), draw)
  }

  async #download () {
    const { kind, month } = wanted()
    try {
      const { file, served } = await reportFile(kind, month)
      this.#panel.tell(served)
      const address = URL.createObjectURL(file)
      element('a', { href: address, download: `${kind}-${month}.csv` }).click()
      // The browser has taken it by the next turn.
      setTimeout(() => URL.revokeObjectURL(address))
    } catch (error) {
      this.#panel.fail(error)
    }
  }

  async #export () {
    const { kind, month } = wanted()
    const answer = await exportReport(kind, month).catch(error => error)
    if (answer.status === 401) return this.#onSignedOut()
    showAnswer(byId('export-answer'), answer)
  }
}

function draw ({ kind, month, rows }) {
  if (rows.length === 0) {
    byId('report-table').hidden = true
    byId('report-caption').textContent = ''
    return `There are no ${kind} of ${monthText(month)}.`
  }
  const columns = Object.keys(rows[0])
  const isNumber = column => typeof rows[0][column] === 'number' && column !== 'id' && column !== 'patient'
  const cell = (name, column, row) => element(name, isNumber(column) ? { class: 'number' } : {}, row)
  byId('report-caption').textContent = `${kind}, ${monthText(month)}: ${rows.length > SHOWN ? `the first ${SHOWN} of ${count(rows.length)} rows` : `${count(rows.length)} rows`}`
  byId('report-columns').replaceChildren(...columns.map(column => {
    const heading = cell('th', column, column)
    heading.setAttribute('scope', 'col')
    return heading
  }))
  byId('report-rows').replaceChildren(...rows.slice(0, SHOWN).map(row => element('tr', {}, ...columns.map(column => cell('td', column, shown(row[column]))))))
  byId('report-table').hidden = false
}

/** What the queue answered, accepted or not. */
function showAnswer (place, answer) {
  const { jobId, reason } = answer.answer ?? answer
  const title = answer instanceof Error ? `Not accepted${reason === undefined ? '' : ` (${reason})`}` : 'Accepted'
  const facts = [
    answer.retryAfter > 0 ? `Retry-After: ${span(answer.retryAfter)}` : undefined,
    jobId === undefined ? undefined : `Job ${jobId}`
  ].filter(Boolean).join(' · ')
  place.replaceChildren(
    element('p', {}, element('strong', {}, title)),
    element('p', {}, answer instanceof Error ? answer.message : 'The queue has the job.'),
    element('p', { class: 'soft' }, facts))
  place.dataset.kind = answer instanceof Error ? 'refused' : 'accepted'
  place.hidden = false
}

function shown (value) {
  return typeof value === 'number' ? String(value) : value.replace('T', ' ').replace('Z', '')
}

function wanted () {
  return { kind: document.querySelector('input[name=kind]:checked').value, month: byId('month').value }
}

/** The newest first, back to the seed's first. */
function months () {
  const names = []
  const now = new Date().toISOString().slice(0, 7)
  for (let [year, month] = (now > LAST ? now : LAST).split('-').map(Number); year > 2024; month === 1 ? (year--, month = 12) : month--) {
    names.push(`${year}-${String(month).padStart(2, '0')}`)
  }
  return names
}

function monthText (name) {
  return new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${name}-01`))
}
