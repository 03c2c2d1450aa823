import { element } from './element.js'

/** Says what a write took out of the cache. */
export function showInvalidated (place, { patient, invalidated: { tags, seenEverywhere } }, done) {
  const list = element('ul', { class: 'tags', 'aria-label': 'Tags' }, ...tags.map(tag => element('li', {}, element('code', {}, tag))))
  const when = seenEverywhere
    ? 'Here from the next read, in every other process within 5 seconds. All else stays in the cache.'
    : 'Redis could not be told yet: until it is, other processes may answer what they have.'
  place.replaceChildren(
    element('p', {}, element('strong', {}, patient.name), ` was ${done}. Out of the cache goes whatever has one of these tags:`), list,
    element('p', { class: 'soft' }, when))
  place.hidden = false
}
