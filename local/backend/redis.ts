import { connect } from 'node:net'
import type { Meter } from '../meter.ts'
import type { Backend } from './backend.ts'
import type { Command } from './reply.ts'
import { RespBackend } from './resp-backend.ts'
import { BackendLostError, RespConnection } from './resp-connection.ts'
import { Scripts, withoutUpstashFlag } from './scripts.ts'

/** How long connecting and the greeting may take: what listens there may be stopped, or no Redis. */
const PATIENCE_MS = 5_000

/** A real Redis at `redis://[[user]:password@]host[:port][/database]`. Fails when none answers there. */
export async function openRedis (url: URL, meter: Meter, patienceMs = PATIENCE_MS): Promise<Backend> {
  const scripts = new Scripts(withoutUpstashFlag)
  const dialect = {
    readsStatistics: true,
    emptying: [['FLUSHDB'], ['SCRIPT', 'FLUSH']],
    adapt: (command: Command) => scripts.adapt(command)
  }
  const server = { connect: (closing: AbortSignal) => connectTo(url, closing, patienceMs), close: async () => {} }
  return new RespBackend(server, dialect, meter).open()
}

async function connectTo (url: URL, closing: AbortSignal, patienceMs: number): Promise<RespConnection> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const connection = new RespConnection(connect({ host, port: Number(url.port), noDelay: true }))
  const giveUp = () => connection.close()
  const timer = setTimeout(giveUp, patienceMs)
  closing.addEventListener('abort', giveUp)
  const replies = await connection.exchange(greetingOf(url)).catch((cause: unknown) => {
    throw new BackendLostError(`No Redis answers at ${url.host}`, { cause })
  }).finally(() => {
    clearTimeout(timer)
    closing.removeEventListener('abort', giveUp)
  })
  const refused = replies.find(reply => reply.kind === 'error')
  if (!refused) return connection
  connection.close()
  throw new BackendLostError(`Redis at ${url.host} refused the connection: ${refused.message}`)
}

/** Ends with a PING, which only a Redis that takes our commands answers. */
function greetingOf ({ username, password, pathname }: URL): Command[] {
  const credentials = [username, password].filter(Boolean).map(decodeURIComponent)
  const database = pathname.slice(1)
  return [
    ...(password ? [['AUTH', ...credentials]] : []),
    ...(database ? [['SELECT', database]] : []),
    ['PING']
  ]
}
