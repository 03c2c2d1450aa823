import { signIn, signOut, whoAmI } from './api.js'
import { Clinic } from './clinic.js'
import { byId } from './element.js'
import { Notices } from './notices.js'
import { showAvatar } from './people.js'
import { enter } from './room.js'

/** What only those see who are signed in. */
const INSIDE = ['house', 'me', 'nav']
const notices = new Notices(byId('notices'))
const clinic = new Clinic(onSignedOut)
let me, room

byId('sign-in').addEventListener('submit', async event => {
  event.preventDefault()
  await attempt('sign-in-error', async () => welcome(await signIn(byId('name').value.trim(), byId('workspace').value)))
})

byId('sign-out').addEventListener('click', async () => {
  room?.leave()
  await signOut().catch(() => {})
  remember(undefined)
  location.reload()
})

byId('room-form').addEventListener('submit', event => {
  event.preventDefault()
  const name = byId('room').value.trim()
  byId('room-error').textContent = isRoom(name) ? '' : 'A room has 1 to 128 bytes, and is neither one nor two dots.'
  if (isRoom(name)) go(name)
})

byId('statuses').addEventListener('change', async () => {
  await attempt('status-error', async () => await room.changeStatus({ status: status() }))
})

byId('custom').addEventListener('submit', async event => {
  event.preventDefault()
  const [text, emoji, seconds] = ['text', 'emoji', 'expiry'].map(id => byId(id).value.trim())
  const expiry = seconds === '' ? {} : { expiresInSeconds: Number(seconds) }
  await attempt('status-error', async () => await room.changeStatus({ customStatus: { text, ...emoji === '' ? {} : { emoji }, ...expiry } }))
})

byId('clear').addEventListener('click', async () => {
  await attempt('status-error', async () => await room.changeStatus({ customStatus: null }))
  byId('custom').reset()
})

// The address names the room, so that it can be sent to others.
window.addEventListener('hashchange', () => { if (me !== undefined) go(roomOfAddress()) })

start()

async function start () {
  // The cookie is hidden from scripts: whether there was a sign-in is remembered apart, so that nobody asks in vain.
  if (localStorage.getItem('name') === null) return showWelcome()
  await whoAmI().then(welcome, error => error.status === 401 ? showWelcome() : setTimeout(start, 2000))
}

function showWelcome () {
  for (const id of INSIDE) byId(id).hidden = true
  byId('welcome').hidden = false
  byId('name').value = localStorage.getItem('name') ?? ''
  byId('name').focus()
}

function welcome (user) {
  me = user
  remember(me.name)
  byId('welcome').hidden = true
  for (const id of INSIDE) byId(id).hidden = false
  byId('me-name').textContent = me.name
  showAvatar(byId('me-avatar'), me.id, me.name)
  go(roomOfAddress())
  clinic.open(me)
  byId('main').focus()
}

function go (name) {
  if (room !== undefined && byId('room-title').textContent === name) return
  room?.leave()
  byId('room-title').textContent = byId('room').value = name
  if (roomOfAddress() !== name) history.replaceState(null, '', `${location.search}#${encodeURIComponent(name)}`)
  room = enter(name, me, { status, notices, onSignedOut })
}

function onSignedOut () {
  room?.leave()
  room = undefined
  clinic.close()
  showWelcome()
  byId('sign-in-error').textContent = 'You are not signed in any more.'
}

function status () {
  return document.querySelector('input[name=status]:checked').value
}

function roomOfAddress () {
  try {
    const name = decodeURIComponent(location.hash.slice(1))
    return isRoom(name) ? name : 'lobby'
  } catch {
    return 'lobby'
  }
}

/** Browsers take dots for a way up, also where they are encoded. */
function isRoom (name) {
  return name !== '' && name !== '.' && name !== '..' && new TextEncoder().encode(name).length <= 128
}

function remember (name) {
  if (name === undefined) localStorage.removeItem('name')
  else localStorage.setItem('name', name)
}

async function attempt (errorId, run) {
  byId(errorId).textContent = ''
  try {
    await run()
  } catch (error) {
    byId(errorId).textContent = error.message
  }
}
