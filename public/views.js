import { query, setQuery } from './address.js'

const NAMES = ['dashboard', 'patients', 'reports', 'people']

/** One part of the page at a time, which the address names. */
export class Views {
  #shown
  #onShow

  /** @param onShow told the name of what is shown from now on, also where it was already */
  constructor (onShow) {
    this.#onShow = onShow
    document.querySelector('nav').addEventListener('click', event => {
      const link = event.target.closest('a')
      // Whoever wants another tab or window gets it.
      if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      setQuery({ view: link.dataset.view, search: null, page: null }, { push: true })
      this.show()
      document.querySelector(`#view-${this.#shown} h1`).focus()
    })
    window.addEventListener('popstate', () => { if (wanted() !== this.#shown) this.show() })
  }

  /** As the address says. */
  show () {
    const name = this.#shown = wanted()
    for (const other of NAMES) {
      const [view, link] = [document.getElementById(`view-${other}`), document.querySelector(`nav [data-view=${other}]`)]
      view.hidden = other !== name
      if (other === name) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    document.title = `${name.charAt(0).toUpperCase()}${name.slice(1)} · Clinic`
    this.#onShow(name)
  }
}

function wanted () {
  const name = query().get('view')
  return NAMES.includes(name) ? name : 'dashboard'
}
