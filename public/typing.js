import { typingText } from './words.js'

/** Milliseconds: what others are told at most this often, and for how long it is shown. */
const INTERVAL = 2500
const SHOWN = 4000

/** Who types, each until he has not for a while. */
export class Typing {
  #line
  #timers = new Map()

  constructor (line) {
    this.#line = line
  }

  heard (userId, name) {
    clearTimeout(this.#timers.get(userId)?.timer)
    this.#timers.set(userId, { name, timer: setTimeout(() => this.over(userId), SHOWN) })
    this.#show()
  }

  over (userId) {
    clearTimeout(this.#timers.get(userId)?.timer)
    this.#timers.delete(userId)
    this.#show()
  }

  #show () {
    this.#line.textContent = typingText([...this.#timers.values()].map(({ name }) => name))
  }
}

/** Tells of one's own typing, not of each key. */
export function watchTyping (field, tell) {
  let last = -Infinity
  field.addEventListener('input', () => {
    if (performance.now() - last < INTERVAL) return
    last = performance.now()
    tell()
  })
}
