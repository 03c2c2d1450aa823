import { dashboard } from './api.js'
import { drawBars, drawColumns } from './bars.js'
import { byId, element } from './element.js'
import { count, dayText } from './words.js'

// ICD-10, which is what the database knows.
const DIAGNOSES = {
  I10: 'High blood pressure',
  E11: 'Type 2 diabetes',
  J45: 'Asthma',
  M54: 'Back pain',
  F32: 'Depression',
  K21: 'Reflux',
  N39: 'Urinary infection',
  L20: 'Eczema',
  H66: 'Ear infection',
  R51: 'Headache',
  Z00: 'Check-up'
}

/** Asks for the figures of the workspace, and draws them. */
export async function showDashboard (panel) {
  await panel.show(dashboard, draw)
}

function draw ({ visitsPerDay, topDiagnoses, loadPerClinician }) {
  if (visitsPerDay.length === 0) return 'There are no visits yet.'
  drawDays(visitsPerDay)
  drawBars(byId('diagnoses'), topDiagnoses.map(({ diagnosis, visits, patients }) => {
    return { name: DIAGNOSES[diagnosis] ?? diagnosis, note: diagnosis, numbers: [visits, patients] }
  }))
  drawBars(byId('clinicians'), loadPerClinician.map(({ clinician, minutes, visits }) => ({ name: clinician, numbers: [Math.round(minutes / 60), visits] })))
}

function drawDays (days) {
  drawColumns(byId('days'), days)
  const [first, last] = [days[0], days.at(-1)]
  const total = days.reduce((sum, { visits }) => sum + visits, 0)
  const most = days.reduce((most, day) => day.visits > most.visits ? day : most)
  byId('days-total').textContent = count(total)
  byId('days-mean').textContent = `visits in ${days.length} days, ${count(total / days.length, 1)} a day`
  byId('days-first').textContent = dayText(first.day)
  byId('days-last').textContent = dayText(last.day)
  byId('days-text').textContent = `From ${dayText(first.day)} to ${dayText(last.day)}, at most ${count(most.visits)} on ${dayText(most.day)}`
  byId('days-rows').replaceChildren(...days.toReversed().map(({ day, visits }) => element('tr', {},
    element('th', { scope: 'row' }, dayText(day)), element('td', { class: 'number' }, count(visits)))))
}
