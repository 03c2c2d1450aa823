import { once } from 'node:events'
import { connect } from 'node:net'
import type { Meter } from '../meter.ts'
import type { Backend } from './backend.ts'
import type { Command } from './reply.ts'
import { RespBackend } from './resp-backend.ts'
import { BackendLostError, RespConnection } from './resp-connection.ts'
import { Scripts, withoutUpstashFlag } from './scripts.ts'

/** A real Redis at `redis://[user:password@]host[:port][/database]`. Fails when none answers there. */
export async function openRedis (url: URL, meter: Meter): Promise<Backend> {
  const scripts = new Scripts(withoutUpstashFlag)
  const dialect = { readsStatistics: true, adapt: (command: Command) => scripts.adapt(command) }
  return new RespBackend({ connect: () => connectTo(url), close: async () => {} }, dialect, meter).open()
}

async function connectTo (url: URL): Promise<RespConnection> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(url.port), noDelay: true })
  await once(socket, 'connect').catch((cause: unknown) => {
    throw new BackendLostError(`No Redis answers at ${url.host}`, { cause })
  })
  const connection = new RespConnection(socket)
  const replies = await connection.exchange(greetingOf(url))
  const refused = replies.find(reply => reply.kind === 'error')
  if (!refused) return connection
  connection.close()
  throw new BackendLostError(`Redis at ${url.host} refused the connection: ${refused.message}`)
}

function greetingOf ({ username, password, pathname }: URL): Command[] {
  const credentials = [username, password].filter(Boolean).map(decodeURIComponent)
  const database = pathname.slice(1)
  return [
    ...(password ? [['AUTH', ...credentials]] : []),
    ...(database ? [['SELECT', database]] : [])
  ]
}
