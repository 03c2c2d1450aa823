import { parseArgs } from 'node:util'
import type { LocalOptions } from './options.ts'

export const HELP = `fastify-upstash-local: an Upstash-compatible REST endpoint on loopback, for development and tests only

Usage: fastify-upstash-local [options]

  --port <n>           port for clients (default 8079; 0 takes any free one)
  --control-port <n>   port for stats, faults and flushing (default 8078; 0 takes any free one)
  --token <text>       token that clients must send (default local-token)
  --redis-url <url>    execute on this Redis, redis://host:port, instead of the embedded one
  --log                log requests as JSON lines
  --help               show this and exit

Instead of an option: LOCAL_UPSTASH_PORT, LOCAL_UPSTASH_CONTROL_PORT, LOCAL_UPSTASH_TOKEN, LOCAL_UPSTASH_REDIS_URL.`

/** A command line that makes no sense; the message is one line. */
export class CommandLineError extends Error {
  override name = 'CommandLineError'
  readonly code = 'FST_LOCAL_BAD_COMMAND_LINE'
}

/** Reads flags, then environment, then defaults. Undefined when only help was asked for. */
export function readCommandLine (argv: string[], env: NodeJS.ProcessEnv): LocalOptions | undefined {
  const flags = parse(argv)
  if (flags.help) return undefined
  const token = flags.token ?? env['LOCAL_UPSTASH_TOKEN']
  const redisUrl = flags['redis-url'] ?? env['LOCAL_UPSTASH_REDIS_URL']
  return {
    port: portNumber('--port', flags.port ?? env['LOCAL_UPSTASH_PORT'] ?? '8079'),
    controlPort: portNumber('--control-port', flags['control-port'] ?? env['LOCAL_UPSTASH_CONTROL_PORT'] ?? '8078'),
    logger: flags.log ?? false,
    ...(token === undefined ? {} : { token }),
    ...(redisUrl === undefined ? {} : { redisUrl })
  }
}

function parse (argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        port: { type: 'string' },
        'control-port': { type: 'string' },
        token: { type: 'string' },
        'redis-url': { type: 'string' },
        log: { type: 'boolean' },
        help: { type: 'boolean' }
      }
    }).values
  } catch (error) {
    const [problem] = String(error).replace(/^TypeError[^:]*: /, '').split(/\. |\n/)   // advice about `--` follows
    throw new CommandLineError(`${problem} (see --help)`)
  }
}

function portNumber (flag: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new CommandLineError(`${flag} must be a whole number from 0 to 65535, not ${JSON.stringify(text)}`)
  return Number(text)
}
