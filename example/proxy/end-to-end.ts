import type { IncomingHttpHeaders } from 'node:http'

// RFC 9110, 7.6.1: what is said to the next hop alone. Transfer-Encoding is the parser's, on either side.
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'])

/** The fields of a message that a proxy forwards: neither those for one connection, nor those that Connection names. */
export function endToEnd<Headers extends IncomingHttpHeaders> (headers: Headers): Headers {
  const named = String(headers.connection ?? '').toLowerCase().split(',').map(name => name.trim())
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name))) as Headers
}
