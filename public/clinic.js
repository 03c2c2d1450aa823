import { showDashboard } from './dashboard.js'
import { byId } from './element.js'
import { Figures } from './figures.js'
import { Panel } from './panel.js'
import { Patients } from './patients.js'
import { pollFigures } from './poll.js'
import { Reports } from './reports.js'
import { Views } from './views.js'

/** Everything of the page but presence: made once, opened for whoever is signed in. */
export class Clinic {
  #panels
  #views
  #show
  #figures = new Figures()
  #endFigures
  #shown

  constructor (onSignedOut) {
    const panels = this.#panels = Object.fromEntries(['dashboard', 'patients', 'reports'].map(name => [name, new Panel(byId(`view-${name}`), onSignedOut)]))
    const [patients, reports] = [new Patients(panels.patients, onSignedOut), new Reports(panels.reports, onSignedOut)]
    this.#show = { dashboard: () => showDashboard(panels.dashboard), patients: () => patients.show(), reports: () => reports.show(), people: () => {} }
    this.#views = new Views(name => this.#onShow(name))
    for (const button of document.querySelectorAll('[data-refresh]')) button.addEventListener('click', () => this.#ask())
    // Whoever comes back sees what others changed meanwhile. To ask on and on would only improve the figures.
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.#ask() })
  }

  open ({ workspace }) {
    for (const place of document.querySelectorAll('.workspace')) place.textContent = `${workspace.charAt(0).toUpperCase()}${workspace.slice(1)} workspace`
    this.#views.show()
  }

  close () {
    this.#shown = undefined
    this.#endFigures?.()
    for (const panel of Object.values(this.#panels)) panel.forget()
  }

  #onShow (name) {
    this.#shown = name
    this.#endFigures?.()
    this.#endFigures = name === 'dashboard' ? pollFigures(status => this.#figures.take(status)) : undefined
    this.#ask()
  }

  #ask () {
    if (this.#shown !== undefined) this.#show[this.#shown]()
  }
}
