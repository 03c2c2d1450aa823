import type { Meter } from '../meter.ts'
import type { Backend } from './backend.ts'
import { EmbeddedBackendMissingError } from './embedded-missing.ts'
import type { Command } from './reply.ts'
import { RespBackend } from './resp-backend.ts'
import { RespConnection } from './resp-connection.ts'
import { Scripts, withoutShebang } from './scripts.ts'
import { shim } from './shims.ts'

/**
 * js-redis-server inside this process, spoken to in RESP over connections within the process: its own listener
 * would bind every interface, without a password. It uses this process's clock.
 * @param load imports the package only when it is needed: whoever brings a Redis of their own does without
 */
export async function openEmbedded (meter: Meter, load = () => import('js-redis-server/core')): Promise<Backend> {
  const { RedisServerState, createRedisCommandExecutor, createVirtualConnection } = await load().catch(missing)
  const compatibility = 'redis-7.0'
  const state = new RedisServerState({ databaseCount: 1, compatibility })
  const executor = createRedisCommandExecutor({ compatibility })

  // Its INFO commandstats is empty. Its monitor feed is told of a script's calls before the script's reply is sent.
  state.monitorFeed.subscribe(({ clientAddress, command }) => {
    if (clientAddress === 'lua') meter.innerCalls(command.toString().toLowerCase(), 1)
  })
  const scripts = new Scripts(withoutShebang)
  const server = {
    connect: async () => new RespConnection(createVirtualConnection({ state, executor }).clientSocket),
    close: async () => state.close()
  }
  const dialect = {
    readsStatistics: false,
    emptying: [['FLUSHDB'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH']],
    adapt: (command: Command) => scripts.adapt(shim(command))
  }
  return new RespBackend(server, dialect, meter).open()
}

function missing (cause: unknown): never {
  throw new EmbeddedBackendMissingError(cause)
}
