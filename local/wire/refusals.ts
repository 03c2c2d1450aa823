import { commandName, errorReply, type Command, type ErrorReply } from '../backend/reply.ts'

/** What Upstash does not offer over REST: blocking commands, and those about a connection's own state. */
const NOT_OVER_REST = new Set([
  'blpop', 'brpop', 'brpoplpush', 'blmove', 'blmpop', 'bzpopmin', 'bzpopmax', 'bzmpop', 'wait', 'waitaof',
  'multi', 'exec', 'watch', 'unwatch', 'discard',
  'auth', 'hello', 'select', 'quit', 'reset', 'client', 'readonly', 'readwrite', 'asking',
  'subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe', 'monitor',
  'shutdown', 'replicaof', 'slaveof', 'sync', 'psync', 'migrate'
])

const BLOCK_OPTION = new Set(['xread', 'xreadgroup'])

/** The error for a command that REST does not offer; undefined for all others. The text is our guess. */
export function refusal (command: Command): ErrorReply | undefined {
  const name = commandName(command)
  if (!NOT_OVER_REST.has(name) && !(BLOCK_OPTION.has(name) && asksToBlock(command))) return undefined
  return errorReply(`ERR Command is not available: '${name.toUpperCase()}'. See https://upstash.com/docs/redis/overall/rediscompatibility for details`)
}

/** BLOCK counts as an option only before STREAMS; after it, it is a key's name. */
function asksToBlock (command: Command): boolean {
  const words = command.map(word => String(word).toLowerCase())
  const streams = words.indexOf('streams')
  return words.slice(1, streams === -1 ? undefined : streams).includes('block')
}
