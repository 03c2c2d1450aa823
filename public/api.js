import { readServed } from './served.js'

/** What a problem means whose text the server keeps to itself. */
const WORDS = {
  FST_EXAMPLE_DATABASE_UNAVAILABLE: 'The database cannot be reached. What is in the cache is served on; this is not in it.'
}

/** An answer that is no success, in words for people. */
export class Problem extends Error {
  /** @param answer its body, as the server gave it */
  constructor (status, detail, answer = {}, retryAfter = undefined) {
    super(detail)
    this.status = status
    this.answer = answer
    /** Seconds. */
    this.retryAfter = retryAfter
  }
}

/** The name of the signed-in user, or undefined. The cookie itself is for the server alone. */
export const whoAmI = () => ask('GET', '/session')
export const signIn = (name, workspace) => ask('POST', '/session', { name, workspace })
export const signOut = () => ask('DELETE', '/session')
export const setStatus = (room, changes) => ask('POST', `/presence/${encodeURIComponent(room)}/status`, changes)
export const tellTyping = room => ask('POST', `/presence/${encodeURIComponent(room)}/typing`)
export const figures = () => ask('GET', '/status')

/** These answer `{ body, served }`: what was asked for, and how it was served. */
export const dashboard = () => read('/dashboard')
export const patients = (search, page) => read(`/patients?${new URLSearchParams({ search, page })}`)
export const patient = id => read(`/patients/${id}`)
export const report = (kind, month) => read(`/reports/${kind}?month=${month}`)

export const changePatient = (id, changes) => ask('PATCH', `/patients/${id}`, changes)
export const addPatient = patient => ask('POST', '/patients', patient)
export const exportReport = (kind, month) => ask('POST', `/reports/${kind}/export`, { month })

/** The report as a file of comma-separated values. */
export async function reportFile (kind, month) {
  const reply = await send('GET', `/reports/${kind}?month=${month}`, { headers: { accept: 'text/csv' } })
  return { file: await reply.blob(), served: readServed(reply.headers) }
}

/** What is known of users, by id. */
export async function askFor (ids, room) {
  const { users } = await ask('GET', `/presence?${new URLSearchParams({ ids: ids.join(), room })}`)
  return new Map(users.map(user => [user.userId, user]))
}

async function read (url) {
  const reply = await send('GET', url)
  const body = await reply.json()
  return { body, served: readServed(reply.headers, body.readAt) }
}

async function ask (method, url, body) {
  const content = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const reply = await send(method, url, content)
  return reply.status === 204 ? undefined : await reply.json()
}

async function send (method, url, content) {
  let reply
  try {
    reply = await fetch(url, { method, ...content })
  } catch {
    throw new Problem(0, 'The server cannot be reached.')
  }
  if (reply.ok) return reply
  const answer = await reply.json().catch(() => ({}))
  const detail = answer.detail ?? WORDS[answer.code] ?? answer.title ?? 'Something went wrong.'
  throw new Problem(reply.status, detail, answer, Number(reply.headers.get('retry-after') ?? NaN))
}
