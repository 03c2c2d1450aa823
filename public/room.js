import { askFor, setStatus, tellTyping, whoAmI } from './api.js'
import { byId } from './element.js'
import { tell } from './log.js'
import { Members } from './members.js'
import { showGone, showPeople } from './people.js'
import { follow } from './stream.js'
import { Typing, watchTyping } from './typing.js'

const LOCAL = 'Presence is local: you see who is connected to this server process. Whether others are online elsewhere, is not known.'
const LOST = 'The connection is lost, so what you see may be out of date. Trying again…'

/** A room as somebody sees it who is in it. Answers what can be done there. */
export function enter (room, me, { status, notices, onSignedOut }) {
  const members = new Members()
  const typing = new Typing(byId('typing'))
  const [list, gone, log, house] = ['members', 'gone-list', 'log', 'house'].map(byId)

  const show = () => {
    showPeople(list, members, me.id)
    showGone(gone, members)
    byId('gone').hidden = members.gone.size === 0
    const here = members.here.size + members.unlisted
    byId('room-count').textContent = `${here} here`
    byId('nav-count').textContent = here
  }
  const connected = isConnected => {
    house.classList.toggle('stale', !isConnected)
    notices.set('lost', !isConnected && LOST)
  }
  const onEvent = event => {
    if (event.type === 'signal') {
      if (event.name === 'typing' && event.userId !== me.id) typing.heard(event.userId, members.nameOf(event.userId))
      return
    }
    const text = members.take(event)
    if (text !== undefined) tell(log, text, event.asOf)
    if (event.type === 'leave') typing.over(event.userId)
    if (event.type === 'snapshot') {
      notices.set('local', event.source === 'local' && LOCAL)
      askForGone()
    }
    show()
  }
  // A snapshot tells who is not there any more, and not since when.
  const askForGone = async () => {
    const unknown = [...members.gone].filter(([, { state }]) => state === 'unknown').map(([userId]) => userId).slice(0, 100)
    if (unknown.length === 0) return
    const found = await askFor(unknown, room).catch(() => new Map())
    for (const [userId, { state, lastSeen }] of found) {
      const before = members.gone.get(userId)
      if (before !== undefined) members.gone.set(userId, { ...before, state: state === 'offline' ? state : 'unknown', lastSeen })
    }
    show()
  }
  const onLost = async tries => {
    // The first time it may be no more than the end of a long stream.
    if (tries > 1) connected(false)
    await whoAmI().catch(({ status }) => { if (status === 401) onSignedOut() })
  }

  show()
  const stream = follow(room, { status, onEvent, onOpen: () => connected(true), onLost })
  const clock = setInterval(() => showGone(gone, members), 30_000)
  const endTyping = watchTyping(byId('scratch'), () => { if (status() !== 'invisible') tellTyping(room).catch(() => {}) })

  return {
    async changeStatus (changes) {
      // 409: another process holds the stream. Opened anew, it takes the status along, whoever serves it.
      await setStatus(room, changes).catch(error => {
        if (error.status !== 409 || changes.status === undefined) throw error
        stream.reopen()
      })
    },
    leave () {
      clearInterval(clock)
      stream.close()
      endTyping()
      typing.end()
      connected(true)
    }
  }
}
