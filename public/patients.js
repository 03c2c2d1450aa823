import { patients } from './api.js'
import { query, setQuery } from './address.js'
import { edit } from './editor.js'
import { byId, element } from './element.js'
import { showInvalidated } from './invalidated.js'
import { count } from './words.js'

/** Milliseconds without a key, after which a search is sent. */
const PAUSE = 250

/** The table of patients with its search and pages. Both are in the address, so that a reload shows the same. */
export class Patients {
  #panel
  #onSignedOut
  #timer
  #pages = 1

  constructor (panel, onSignedOut) {
    this.#panel = panel
    this.#onSignedOut = onSignedOut
    byId('search').addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#search(), PAUSE)
    })
    byId('search-form').addEventListener('submit', event => {
      event.preventDefault()
      this.#search()
    })
    byId('previous').addEventListener('click', () => this.#turn(-1))
    byId('next').addEventListener('click', () => this.#turn(1))
    byId('new-patient').addEventListener('click', () => this.#edit(undefined))
    byId('patients').addEventListener('click', event => {
      const { id } = event.target.closest('button')?.dataset ?? {}
      if (id !== undefined) this.#edit(Number(id))
    })
  }

  /** As the address says. */
  async show () {
    const { search, page } = wanted()
    if (byId('search') !== document.activeElement) byId('search').value = search
    await this.#panel.show(() => patients(search, page), body => this.#draw(body, search))
  }

  #search () {
    clearTimeout(this.#timer)
    const search = byId('search').value.trim()
    if (search === wanted().search) return
    setQuery({ search, page: null })
    this.show()
  }

  #turn (by) {
    const page = Math.min(Math.max(1, wanted().page + by), this.#pages)
    setQuery({ page: page === 1 ? null : page })
    this.show()
  }

  async #edit (id) {
    const written = await edit(id, this.#onSignedOut)
    if (written === undefined) return focusOn(id)
    showInvalidated(byId('invalidated'), written, id === undefined ? 'added' : 'changed')
    await this.show()
    focusOn(written.patient.id)
  }

  #draw ({ patients, page, pages, total }, search) {
    this.#pages = Math.max(1, pages)
    const focused = document.activeElement?.dataset?.id
    byId('patients').replaceChildren(...patients.map(row))
    if (focused !== undefined) focusOn(Number(focused))
    byId('found').textContent = `${count(total)} ${total === 1 ? 'patient' : 'patients'}${search === '' ? '' : ` with “${search}”`}`
    byId('page').textContent = `Page ${count(page)} of ${count(this.#pages)}`
    disable('previous', page <= 1, 'next')
    disable('next', page >= this.#pages, 'previous')
    byId('patients-table').hidden = patients.length === 0
    if (patients.length > 0) return undefined
    if (total > 0) return 'There is no such page any more.'
    return search === '' ? 'There are no patients here.' : `Nobody here has “${search}” in the name.`
  }
}

function wanted () {
  const page = Number(query().get('page') ?? 1)
  return { search: query().get('search') ?? '', page: Number.isSafeInteger(page) && page > 0 ? page : 1 }
}

function row ({ id, name, born, phone }) {
  return element('tr', {},
    element('th', { scope: 'row' }, name),
    element('td', {}, element('time', { datetime: born }, born)),
    element('td', {}, phone),
    element('td', { class: 'act' }, element('button', { type: 'button', class: 'quiet', 'data-id': id, 'aria-label': `Edit ${name}` }, 'Edit')))
}

/** A button that is disabled under the finger loses the focus to nothing: the other one takes it. */
function disable (id, isDisabled, other) {
  const had = document.activeElement === byId(id)
  byId(id).disabled = isDisabled
  if (had && isDisabled) byId(other).focus()
}

/** Where the row is on another page, or there was none, back to the search. */
function focusOn (id) {
  const button = document.querySelector(`#patients button[data-id="${id}"]`)
  ;(button ?? byId('search')).focus()
}
