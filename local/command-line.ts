import { parseArgs } from 'node:util'
import { checkOptions, type LocalOptions } from './options.ts'

export const HELP = `fastify-upstash-local: an Upstash-compatible REST endpoint on loopback, for development and tests only

Usage: fastify-upstash-local [options]

  --port <n>           port for clients (default 8079; 0 takes any free one)
  --control-port <n>   port for stats, faults and flushing (default 8078; 0 takes any free one)
  --token <text>       token that clients must send (default local-token)
  --redis-url <url>    execute on this Redis, redis://host:port, instead of the embedded one
  --log                log requests as JSON lines
  --help, -h           show this and exit

Instead of an option, unless empty: LOCAL_UPSTASH_PORT, LOCAL_UPSTASH_CONTROL_PORT, LOCAL_UPSTASH_TOKEN, LOCAL_UPSTASH_REDIS_URL.`

/** A command line that makes no sense; the message is one line. */
export class CommandLineError extends Error {
  override name = 'CommandLineError'
  readonly code = 'FST_LOCAL_BAD_COMMAND_LINE'
}

/** Reads flags, then environment, then defaults. Undefined when only help was asked for. */
export function readCommandLine (argv: string[], env: NodeJS.ProcessEnv): LocalOptions | undefined {
  const flags = parse(argv)
  if (flags.help) return undefined
  const given = (flag: 'port' | 'control-port' | 'token' | 'redis-url', variable: string): Given => flags[flag] === undefined
    ? { source: variable, text: env[variable] || undefined }
    : { source: `--${flag}`, text: flags[flag] }

  return {
    port: portNumber(given('port', 'LOCAL_UPSTASH_PORT')) ?? 8079,
    controlPort: portNumber(given('control-port', 'LOCAL_UPSTASH_CONTROL_PORT')) ?? 8078,
    logger: flags.log ?? false,
    token: given('token', 'LOCAL_UPSTASH_TOKEN').text,
    redisUrl: redisAddress(given('redis-url', 'LOCAL_UPSTASH_REDIS_URL'))
  }
}

/** A value with the name of the flag or variable that it came from. */
interface Given { source: string, text: string | undefined }

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
        help: { type: 'boolean', short: 'h' }
      }
    }).values
  } catch (error) {
    throw new CommandLineError(`${problemOf(error)} (see --help)`)
  }
}

/** Node's own words, without its advice; but not where they repeat an argument, which may be a password. */
function problemOf (error: unknown): string {
  if (error instanceof TypeError && 'code' in error && error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return 'Every argument must belong to an option'
  const [problem = ''] = String(error).replace(/^TypeError[^:]*: /, '').split(/\. |\n/)
  return problem
}

/** No message repeats a value: it may be a password in the wrong place. */
function portNumber ({ source, text }: Given): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new CommandLineError(`${source} must be a whole number from 0 to 65535`)
  return Number(text)
}

function redisAddress ({ source, text }: Given): string | undefined {
  try {
    checkOptions({ redisUrl: text })
    return text
  } catch (error) {
    throw new CommandLineError(String(error).replace('LocalOptionError: redisUrl', source))
  }
}
