import { addPatient, changePatient, patient } from './api.js'
import { byId } from './element.js'
import { showServed } from './label.js'

const FIELDS = ['name', 'born', 'phone']

/**
 * Has somebody change a patient, or add one where there is no id. Resolves with what the server says was written, or undefined where
 * nothing was.
 */
export async function edit (id, onSignedOut) {
  const [dialog, form, error, save, served] = ['editor', 'editor-form', 'editor-error', 'save', 'editor-served'].map(byId)
  const end = new AbortController()
  const closed = new Promise(resolve => { dialog.addEventListener('close', resolve, { once: true }) })
  let before = {}
  let written

  const attempt = async run => {
    error.textContent = ''
    save.disabled = true
    try {
      await run()
      save.disabled = false
    } catch (problem) {
      if (problem.status === 401) {
        dialog.close()
        onSignedOut()
      }
      error.textContent = problem.message
      // Without what is there now, nobody knows what was changed.
      save.disabled = id !== undefined && before.name === undefined
    }
  }
  const read = async () => {
    const answer = await patient(id)
    if (end.signal.aborted) return
    fill(before = answer.body.patient)
    served.hidden = false
    showServed(served, answer.served)
  }
  const write = async () => {
    const now = Object.fromEntries(FIELDS.map(name => [name, field(name).value.trim()]))
    // Only what was changed, so that what another changed meanwhile stays.
    const changes = Object.fromEntries(Object.entries(now).filter(([name, value]) => value !== before[name]))
    if (id === undefined) written = await addPatient(now)
    else if (Object.keys(changes).length > 0) written = await changePatient(id, changes)
    dialog.close()
  }

  form.addEventListener('submit', event => {
    event.preventDefault()
    attempt(write)
  }, { signal: end.signal })
  byId('cancel').addEventListener('click', () => dialog.close(), { signal: end.signal })
  byId('editor-title').textContent = id === undefined ? 'New patient' : 'Edit a patient'
  served.hidden = true
  fill({})
  dialog.showModal()
  await attempt(id === undefined ? () => {} : read)
  await closed
  end.abort()
  return written
}

function fill (values) {
  for (const name of FIELDS) field(name).value = values[name] ?? ''
}

function field (name) {
  return byId(`patient-${name}`)
}
