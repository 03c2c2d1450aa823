import { element } from './element.js'
import { count, span } from './words.js'

/** Shows how a reply was served: tier, age, milliseconds. */
export function showServed (place, { kind, words, means, seconds, milliseconds, raw }) {
  place.dataset.kind = kind
  place.title = `${means}\n${raw}`
  const parts = [
    element('span', { class: 'unseen' }, 'Served from '),
    element('span', { class: 'tier' }, words),
    seconds === undefined ? '' : element('span', { class: 'age' }, seconds === 0 ? 'read just now' : `${span(seconds)} old`),
    milliseconds === undefined ? '' : element('span', { class: 'took' }, milliseconds < 0.1 ? 'under 0.1 ms' : `${count(milliseconds, 1)} ms`)
  ]
  place.replaceChildren(...parts)
}
