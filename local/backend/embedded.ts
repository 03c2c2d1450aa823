import type { Meter } from '../meter.ts'
import type { Backend } from './backend.ts'
import type { Command } from './reply.ts'
import { RespBackend } from './resp-backend.ts'
import { Scripts, withoutShebang } from './scripts.ts'
import { shim } from './shims.ts'

/** Thrown when the optional package behind the embedded backend is not installed. */
export class EmbeddedBackendMissingError extends Error {
  override name = 'EmbeddedBackendMissingError'
  readonly code = 'FST_LOCAL_NO_EMBEDDED'
}

/** js-redis-server inside this process, reached over loopback like any Redis. It uses this process's clock. */
export async function openEmbedded (meter: Meter): Promise<Backend> {
  const { createRedisServer } = await load()
  const server = await createRedisServer({ port: 0, compatibility: 'redis-7.0' })
  // Its INFO commandstats is empty. Its monitor feed is told of a script's calls before the script's reply is sent.
  const stop = server.state.monitorFeed.subscribe(({ clientAddress, command }) => {
    if (clientAddress === 'lua') meter.innerCalls(command.toString().toLowerCase(), 1)
  })
  const scripts = new Scripts(withoutShebang)
  const url = new URL(`redis://${server.host}:${server.port}`)
  const dialect = { readsStatistics: false, adapt: (command: Command) => scripts.adapt(shim(command)) }
  const close = async () => {
    stop()
    await server.close()
  }
  return new RespBackend(url, dialect, meter, close).open()
}

/** Imported when needed: whoever brings a Redis of their own does not need the package. */
async function load (): Promise<typeof import('js-redis-server')> {
  return import('js-redis-server').catch((cause: unknown) => {
    throw new EmbeddedBackendMissingError(
      'The embedded backend needs a package: npm i -D js-redis-server@0.3.0 — or give redisUrl, the address of a Redis', { cause })
  })
}
