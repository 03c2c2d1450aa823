import { once, type EventEmitter } from 'node:events'
import { HELP, readCommandLine } from './command-line.ts'
import type { LocalUpstash } from './local-upstash.ts'
import type { LocalOptions } from './options.ts'
import { startLocalUpstash } from './start.ts'

/** What the command needs of the process it runs in. */
export interface Surroundings {
  argv: string[]
  env: NodeJS.ProcessEnv
  print (text: string): void
  printError (text: string): void
  /** Where SIGINT and SIGTERM arrive. */
  signals: EventEmitter
}

/** Runs `fastify-upstash-local` until a signal comes. Resolves with the exit code. */
export function run (surroundings: Surroundings): Promise<number> {
  return serve(surroundings).catch((error: Error) => {
    surroundings.printError(`fastify-upstash-local: ${error.message}`)
    return 1
  })
}

async function serve ({ argv, env, print, signals }: Surroundings): Promise<number> {
  const options = readCommandLine(argv, env)
  if (!options) {
    print(HELP)
    return 0
  }
  const local = await startLocalUpstash(options)
  const listening = new AbortController()
  const stop = Promise.race(['SIGINT', 'SIGTERM'].map(name => once(signals, name, { signal: listening.signal })))
  print(greeting(local, options))
  await stop
  listening.abort()   // nobody listens any more: a second signal of either kind ends the process at once
  await local.close()
  return 0
}

/** Two of the lines can be put into an app's .env file as they are. A Redis URL may carry a password: only its host is shown. */
function greeting ({ url, token, controlUrl }: LocalUpstash, { redisUrl }: LocalOptions): string {
  return [
    'fastify-upstash-local: for development and tests only; loopback',
    `UPSTASH_REDIS_REST_URL=${url}`,
    `UPSTASH_REDIS_REST_TOKEN=${token}`,
    `control: ${controlUrl} (GET /stats, POST /stats/reset, GET and PUT /faults, POST /flush)`,
    `backend: ${redisUrl === undefined ? 'embedded, empty at each start' : new URL(redisUrl).host}`
  ].join('\n')
}
