import { InvalidCommandError } from './errors.ts'
import type { Command } from './interface.ts'

// Read-only by Redis's own command table; what is missing here is merely not retried.
const READ_ONLY = new Set(`
  BITCOUNT BITFIELD_RO BITPOS DBSIZE DUMP ECHO EVALSHA_RO EVAL_RO EXISTS EXPIRETIME GEODIST GEOHASH GEOPOS GEORADIUS_RO
  GEORADIUSBYMEMBER_RO GEOSEARCH GET GETBIT GETRANGE HEXISTS HGET HGETALL HKEYS HLEN HMGET HRANDFIELD HSCAN HSTRLEN HVALS
  KEYS LCS LINDEX LLEN LPOS LRANGE MGET PEXPIRETIME PFCOUNT PING PTTL RANDOMKEY SCAN SCARD SDIFF SINTER SINTERCARD
  SISMEMBER SMEMBERS SMISMEMBER SORT_RO SRANDMEMBER SSCAN STRLEN SUBSTR SUNION TIME TTL TYPE XINFO XLEN XPENDING XRANGE
  XREAD XREVRANGE ZCARD ZCOUNT ZDIFF ZINTER ZINTERCARD ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE
  ZRANK ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION
`.trim().split(/\s+/))

const ALL_KEYS = new Set(['DEL', 'EXISTS', 'MGET', 'TOUCH', 'UNLINK'])
const NO_KEYS = new Set(['DBSIZE', 'ECHO', 'FLUSHALL', 'FLUSHDB', 'INFO', 'PING', 'PUBLISH', 'SCRIPT', 'TIME'])

export function isReadOnly ([name]: readonly unknown[]): boolean {
  return typeof name === 'string' && READ_ONLY.has(name.toUpperCase())
}

/** What an error says of a call: `MGET (3 keys)`, `batch of 5 commands`. Holds no argument. */
export function describe (commands: readonly (readonly unknown[])[]): string {
  const [command] = commands
  if (commands.length !== 1 || command === undefined) return `batch of ${commands.length} commands`
  const name = commandName(command)
  const keys = keyCount(name, command)
  return `${name} (${keys} ${keys === 1 ? 'key' : 'keys'})`
}

// The name is the caller's word too: one that is no plain word may be data in the wrong place.
function commandName ([name]: readonly unknown[]): string {
  return typeof name === 'string' && /^[A-Za-z][\w.|]{0,31}$/.test(name) ? name.toUpperCase() : 'command'
}

function keyCount (name: string, command: readonly unknown[]): number {
  if (ALL_KEYS.has(name)) return command.length - 1
  if (name === 'MSET' || name === 'MSETNX') return Math.floor((command.length - 1) / 2)
  if (/^EVAL(SHA)?(_RO)?$/.test(name)) return Number(command[2]) || 0
  return NO_KEYS.has(name) || command.length <= 1 ? 0 : 1
}

/**
 * A request body, each command checked by itself and before anything is sent, so that a bad one harms no other.
 * JSON would turn what it cannot carry into something else without a word.
 */
export function serialize (commands: readonly Command[], form: 'single' | 'batch'): string {
  for (const command of commands) {
    const complaint = complaintAbout(command)
    if (complaint !== undefined) throw new InvalidCommandError(describe([Array.isArray(command) ? command : []]), complaint)
  }
  return JSON.stringify(form === 'single' ? commands[0] : commands)
}

function complaintAbout (command: readonly unknown[]): string | undefined {
  if (!Array.isArray(command) || typeof command[0] !== 'string' || command[0] === '') return 'a command is an array that begins with its name'
  for (const [index, argument] of command.entries()) {
    if (typeof argument === 'number' ? Number.isFinite(argument) : typeof argument === 'string' && argument.isWellFormed()) continue
    return `argument ${index} is no string or finite number, or no well-formed Unicode`
  }
}
