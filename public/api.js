/** An answer that is no success, in words for people. */
export class Problem extends Error {
  constructor (status, detail) {
    super(detail)
    this.status = status
  }
}

/** The name of the signed-in user, or undefined. The cookie itself is for the server alone. */
export const whoAmI = () => ask('GET', '/session')
export const signIn = name => ask('POST', '/session', { name })
export const signOut = () => ask('DELETE', '/session')
export const setStatus = (room, changes) => ask('POST', `/presence/${encodeURIComponent(room)}/status`, changes)
export const tellTyping = room => ask('POST', `/presence/${encodeURIComponent(room)}/typing`)
export const figures = () => ask('GET', '/status')

/** What is known of users, by id. */
export async function askFor (ids, room) {
  const { users } = await ask('GET', `/presence?${new URLSearchParams({ ids: ids.join(), room })}`)
  return new Map(users.map(user => [user.userId, user]))
}

async function ask (method, url, body) {
  const content = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  let reply
  try {
    reply = await fetch(url, { method, ...content })
  } catch {
    throw new Problem(0, 'The server cannot be reached.')
  }
  if (reply.status === 204) return undefined
  const answer = await reply.json().catch(() => ({}))
  if (!reply.ok) throw new Problem(reply.status, answer.detail ?? answer.title ?? 'Something went wrong.')
  return answer
}
