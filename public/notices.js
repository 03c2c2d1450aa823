import { element } from './element.js'

/** What has to be said plainly above all else, each once and for as long as it holds. */
export class Notices {
  #box
  #shown = new Map()

  constructor (box) {
    this.#box = box
  }

  /** Undefined or false: it does not hold any more. */
  set (name, text) {
    const shown = this.#shown.get(name)
    if (!text) {
      shown?.remove()
      this.#shown.delete(name)
    } else if (shown === undefined) {
      const notice = element('p', { class: 'notice', 'data-notice': name }, text)
      this.#shown.set(name, notice)
      this.#box.append(notice)
    } else if (shown.textContent !== text) {
      shown.textContent = text
    }
  }
}
