import type { Command } from '../backend/reply.ts'
import { BadRequestError } from './bad-request.ts'
import { readTarget } from './target.ts'

/** What an HTTP request asks for. */
export type WireRequest =
  | { form: 'command', command: Command }
  | { form: 'stream', command: Command }
  | { form: 'pipeline', commands: Command[] }
  | { form: 'transaction', commands: Command[] }

const STREAMING = new Set(['subscribe', 'psubscribe', 'monitor'])

/**
 * Reads the forms of Upstash's REST API: a JSON array posted to `/`, arrays of arrays posted to `/pipeline`
 * and `/multi-exec`, and commands as a path, to which the body and then the query are appended.
 * @param target the request target, as sent. Throws {@link BadRequestError}.
 */
export function readWireRequest (target: string, body: Buffer | undefined): WireRequest {
  const { path, query } = readTarget(target)
  const words = path.split('/').slice(1).map(decodeURIComponent)   // malformed escapes the router has refused
  if (words.length > 1 && words.at(-1) === '') words.pop()   // a trailing slash
  const [first = ''] = words

  if (first === '') return { form: 'command', command: readCommand(parseJson(body)) }
  if (words.length === 1 && first === 'pipeline') return { form: 'pipeline', commands: readCommands(parseJson(body)) }
  if (words.length === 1 && first === 'multi-exec') return { form: 'transaction', commands: readCommands(parseJson(body)) }
  // A stream's body is not an argument: the SDK posts its (empty) command there.
  if (STREAMING.has(first.toLowerCase())) return { form: 'stream', command: words }
  return { form: 'command', command: [...words, ...(body?.length ? [body] : []), ...queryWords(query)] }
}

/** The commands of a request, of whichever form. */
export function commandsOf (request: WireRequest): readonly Command[] {
  return 'command' in request ? [request.command] : request.commands
}

/** `?EX=100&NX` is `EX 100 NX`. */
function queryWords (query: URLSearchParams): string[] {
  return [...query].flatMap(([name, value]) => name === '_token' ? [] : value === '' ? [name] : [name, value])
}

function parseJson (body: Buffer | undefined): unknown {
  try {
    return JSON.parse(body?.toString() ?? '')
  } catch {
    throw new BadRequestError('ERR failed to parse the request body as JSON')
  }
}

function readCommands (value: unknown): Command[] {
  if (!Array.isArray(value)) throw new BadRequestError('ERR the request body must be an array of commands')
  if (value.length === 0) throw new BadRequestError('ERR empty pipeline request')
  return value.map(readCommand)
}

function readCommand (value: unknown): Command {
  if (!Array.isArray(value)) throw new BadRequestError('ERR a command must be an array of a name and arguments')
  if (value.length === 0) throw new BadRequestError('ERR empty command')
  return value.map(readArgument)
}

/** Numbers and booleans are sent as their text, as the SDK leaves it to the server. */
function readArgument (value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new BadRequestError('ERR arguments of a command must be strings, numbers or booleans')
}
