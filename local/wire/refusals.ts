import { commandName, errorReply, type Command, type ErrorReply } from '../backend/reply.ts'

/**
 * What Upstash does not offer over REST: blocking commands, those about a connection's own state, and the
 * administration of a server. REPLCONF and its like are more than useless: without a reply of its own, it would
 * put every later reply of the shared connection in the wrong place.
 */
const NOT_OVER_REST = new Set([
  'blpop', 'brpop', 'brpoplpush', 'blmove', 'blmpop', 'bzpopmin', 'bzpopmax', 'bzmpop', 'wait', 'waitaof',
  'multi', 'exec', 'watch', 'unwatch', 'discard',
  'auth', 'hello', 'select', 'quit', 'reset', 'client', 'readonly', 'readwrite', 'asking',
  'subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe', 'spublish', 'monitor',
  'replconf', 'replicaof', 'slaveof', 'sync', 'psync', 'failover', 'role', 'cluster', 'migrate', 'restore-asking', 'swapdb',
  'acl', 'config', 'module', 'debug', 'latency', 'slowlog', 'pfdebug', 'pfselftest',
  'save', 'bgsave', 'bgrewriteaof', 'lastsave', 'shutdown'
])

const BLOCK_OPTION = new Set(['xread', 'xreadgroup'])

/** The error for a command that REST does not offer; undefined for all others. The text is our guess. */
export function refusal (command: Command): ErrorReply | undefined {
  const name = commandName(command)
  const refused = NOT_OVER_REST.has(name) || (BLOCK_OPTION.has(name) && asksToBlock(command)) || opensDebugger(name, command)
  if (!refused) return undefined
  return errorReply(`ERR Command is not available: '${name.toUpperCase()}'. See https://upstash.com/docs/redis/overall/rediscompatibility for details`)
}

/** Words that an option takes up, itself included, so that a group or consumer may be called block or streams. */
const OPTION_LENGTH = new Map([['group', 3], ['count', 2]])

/** BLOCK counts as an option only before STREAMS; after it, it is a key's name. */
function asksToBlock (command: Command): boolean {
  const words = command.map(word => String(word).toLowerCase())
  for (let at = 1; at < words.length; at += OPTION_LENGTH.get(String(words[at])) ?? 1) {
    if (words[at] === 'streams') return false
    if (words[at] === 'block') return true
  }
  return false
}

/** SCRIPT DEBUG would turn the connection of all into a debugging session. */
function opensDebugger (name: string, [, subcommand = '']: Command): boolean {
  return name === 'script' && String(subcommand).toLowerCase() === 'debug'
}
