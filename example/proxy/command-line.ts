import { parseArgs } from 'node:util'

export const HELP = `npm run demo:proxy -- --origin <url> [options]: a caching reverse proxy in front of any HTTP server

  --origin <url>     whom to forward requests to: scheme, host and port, http://localhost:8080
  --port <n>         port to listen on, on loopback (default 3000; 0 takes any free one)
  --local-endpoint   keep replies in a local Upstash endpoint; default: in the memory of the process
  --help, -h         show this and exit`

export interface ProxyCommand {
  origin: URL
  port: number
  localEndpoint: boolean
}

/** A command line that makes no sense; the message is one line. */
export class CommandLineError extends Error {
  override name = 'CommandLineError'
}

/** Undefined when only help was asked for. Throws {@link CommandLineError}. */
export function readCommandLine (argv: string[]): ProxyCommand | undefined {
  const { help, origin, port = '3000', 'local-endpoint': localEndpoint = false } = parse(argv)
  if (help === true) return undefined
  return { origin: originOf(origin), port: portNumber(port), localEndpoint }
}

function parse (argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        origin: { type: 'string' },
        port: { type: 'string' },
        'local-endpoint': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' }
      }
    }).values
  } catch (error) {
    // Node's own words, without its advice.
    const [problem = ''] = String(error).replace(/^TypeError[^:]*: /, '').split(/\. |\n/)
    throw new CommandLineError(`${problem} (see --help)`)
  }
}

function originOf (text: string | undefined): URL {
  if (text === undefined) throw new CommandLineError('--origin is missing (see --help)')
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Requests bring their own path and query; what else a URL may have would be lost silently.
  const whole = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  if (!whole) throw new CommandLineError('--origin must be http:// or https:// with a host and maybe a port, and nothing more')
  return url
}

function portNumber (text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new CommandLineError('--port must be a whole number from 0 to 65535')
  return Number(text)
}
