import { get, type ClientRequest } from 'node:http'
import { once } from 'node:events'

const GUESTS = [
  { name: 'Mira Okafor', status: 'online', customStatus: { emoji: '☀', text: 'Back from holidays' } },
  { name: 'Jonas Lind', status: 'busy', customStatus: { emoji: '☎', text: 'On call until four' } },
  { name: 'Zoë Laurent', status: 'away' }
]

/** Fills a room by the routes alone, so that the pictures show more than two. Answers how they leave. */
export async function bringGuests (address: string, room: string): Promise<() => void> {
  const streams: ClientRequest[] = []
  for (const { name, status, customStatus } of GUESTS) {
    const json = { 'content-type': 'application/json' }
    const session = await fetch(`${address}/session`, { method: 'POST', headers: json, body: JSON.stringify({ name }) })
    const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const stream = get(`${address}/presence/${room}/stream?status=${status}`, { headers: { cookie }, agent: false })
    stream.on('error', () => {}).on('response', response => response.on('error', () => {}).resume())
    await once(stream, 'response')
    streams.push(stream)
    if (customStatus === undefined) continue
    await fetch(`${address}/presence/${room}/status`, { method: 'POST', headers: { ...json, cookie }, body: JSON.stringify({ customStatus }) })
  }
  return () => { for (const stream of streams) stream.destroy() }
}
