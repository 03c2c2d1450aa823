import type { FastifyReply, FastifyRequest } from 'fastify'

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i
const LOOPBACK_ADDRESS = /^(::ffff:)?127\.|^::1$/

/** Why a request is not from a program on this machine; undefined when it is. */
function strangeness ({ headers, ip }: FastifyRequest): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers
  if (!LOOPBACK_ADDRESS.test(ip)) return 'it is for programs on the same machine'
  if (!LOOPBACK_NAME.test(host)) return 'the Host header must name a loopback address'
  if (origin !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin')) return 'it takes nothing from web pages'
  return undefined
}

/**
 * An onRequest hook. The token is known and the control port has none: without this, any page in the browser
 * could empty the database, be it across origins or under a name that resolves to this machine.
 */
export async function onlyHere (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const reason = strangeness(request)
  if (reason === undefined) return
  return reply.code(403).send({ error: `ERR the local endpoint refuses this request: ${reason}` })
}
