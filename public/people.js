import { nameOf } from './members.js'
import { element } from './element.js'
import { ago } from './words.js'

const STATES = { online: 'Online', away: 'Away', busy: 'Busy', offline: 'Offline', unknown: 'Unknown' }

/** The rows of who is there. */
export function showPeople (list, members, myId) {
  const rows = [...members.here.values()].map(member => {
    const { userId, state, customStatus } = member
    const says = [customStatus?.emoji, customStatus?.text].filter(Boolean).join(' ')
    return person({ userId, member, state, says, mine: userId === myId, note: STATES[state] })
  })
  if (rows.length === 0) rows.push(element('li', { class: 'empty' }, 'Nobody to be seen here.'))
  if (members.unlisted > 0) rows.push(element('li', { class: 'empty' }, `and ${members.unlisted} more`))
  list.replaceChildren(...rows)
}

/** The rows of who was there. */
export function showGone (list, members) {
  list.replaceChildren(...Array.from(members.gone, ([userId, { meta, state, lastSeen }]) => {
    const says = lastSeen === undefined
      ? 'Whether elsewhere, is not known'
      : element('time', { datetime: new Date(lastSeen).toISOString() }, `Last seen ${ago(lastSeen)}`)
    return person({ userId, member: { meta }, state, says, note: STATES[state] })
  }))
}

/** Initials on a colour of the person's own. */
export function showAvatar (avatar, userId, name) {
  avatar.textContent = name.split(/\s+/).slice(0, 2).map(word => [...word][0] ?? '').join('').toUpperCase()
  let hue = 0
  for (const character of userId) hue = (hue * 31 + character.codePointAt(0)) % 360
  avatar.style.setProperty('--hue', hue)
}

function person ({ userId, member, state, says, mine = false, note }) {
  const avatar = element('span', { class: 'avatar', 'aria-hidden': 'true' })
  showAvatar(avatar, userId, nameOf(member))
  return element('li', { class: 'person', 'data-state': state },
    avatar,
    element('div', {},
      element('span', { class: 'name' }, nameOf(member)), mine ? element('span', { class: 'you' }, 'you') : '',
      says === '' ? '' : element('div', { class: 'says' }, says)),
    element('div', { class: 'state' }, element('i', { class: `dot ${state}` }), note))
}
