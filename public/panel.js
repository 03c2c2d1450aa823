import { Problem } from './api.js'
import { showServed } from './label.js'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

/**
 * A part of the page that shows what a route answers: `loading`, `ready`, `empty` or `error`, in its `data-state`. In it, by their
 * `data-part`: `served`, `message` (a live region) and `content`.
 */
export class Panel {
  #root
  #parts
  #turn = 0
  #shownAt
  #onSignedOut

  constructor (root, onSignedOut) {
    this.#root = root
    this.#parts = Object.fromEntries(['served', 'message', 'content'].map(part => [part, root.querySelector(`[data-part=${part}]`)]))
    this.#onSignedOut = onSignedOut
  }

  /**
   * Asks, and has what comes drawn. Only the last of several questions is answered.
   * @param ask answers `{ body, served }`
   * @param draw takes the body; answers what to say where there is nothing to see
   */
  async show (ask, draw) {
    const turn = ++this.#turn
    this.#become('loading', this.#shownAt === undefined ? 'Loading…' : '')
    try {
      const { body, served } = await ask()
      if (turn !== this.#turn) return
      const empty = draw(body)
      this.tell(served)
      this.#shownAt = Date.now()
      this.#become(empty === undefined ? 'ready' : 'empty', empty ?? '')
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (turn === this.#turn) this.fail(error)
    }
  }

  tell (served) {
    this.#parts.served.hidden = false
    showServed(this.#parts.served, served)
  }

  /** What was shown before stays, and is said to be old. */
  fail (error) {
    if (error.status === 401) return this.#onSignedOut()
    const old = this.#shownAt === undefined ? '' : ` What you see is of ${clock.format(this.#shownAt)}.`
    this.#parts.served.hidden = true
    this.#become('error', `${sentence(error.message)}${old}`)
  }

  /** Nothing of it is for whoever comes next. */
  forget () {
    this.#turn++
    this.#shownAt = undefined
    this.#parts.served.hidden = true
    this.#become('loading', '')
  }

  #become (state, text) {
    this.#root.dataset.state = state
    this.#root.setAttribute('aria-busy', String(state === 'loading'))
    this.#parts.content.hidden = this.#shownAt === undefined
    // What is said again would be read out again.
    if (this.#parts.message.textContent !== text) this.#parts.message.textContent = text
  }
}

function sentence (text) {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
