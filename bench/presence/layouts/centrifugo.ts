import { createHash } from 'node:crypto'
import { TIMES } from '../setting.ts'
import type { Command, Layout, Seat } from './layout.ts'

// The layout that Centrifugo's documentation and engine describe: per channel a hash of what is told of a client and a sorted set of
// the times until which clients count. Both expire. The scripts are ours.

/** KEYS: times, clients. ARGV: seconds to keep both, time until which the client counts, client, what is told. May be sent twice. */
const ADD = `
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])`

/** KEYS: times, clients. ARGV: client. May be sent twice. */
const REMOVE = `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])`

/** KEYS: times, clients. ARGV: now. Returns the clients as HGETALL does. May be sent twice. */
const LIST = `
local over = redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1])
if #over > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1])
  for _, client in ipairs(over) do redis.call('HDEL', KEYS[2], client) end
end
return redis.call('HGETALL', KEYS[2])`

const run = (source: string, room: string, ...args: Array<string | number>): Command =>
  ['EVALSHA', createHash('sha1').update(source).digest('hex'), 2, `times:${room}`, `clients:${room}`, ...args]
const seconds = (ms: number): number => Math.floor(ms / 1000)
const keep = ({ userId, room }: Seat, now: number): Command =>
  run(ADD, room, seconds(TIMES.lease), seconds(now + TIMES.lease), userId, JSON.stringify({ user: userId, client: userId }))

export const centrifugo: Layout = {
  name: "Centrifugo's",
  prepare: send => send([ADD, REMOVE, LIST].map(source => ['SCRIPT', 'LOAD', source])),
  join: (seat, now) => [keep(seat, now)],
  beat: (seats, now) => seats.map(seat => keep(seat, now)),
  leave: ({ userId, room }) => [run(REMOVE, room, userId)],
  list: async (room, now, send) => {
    const [pairs] = await send([run(LIST, room, seconds(now))]) as [string[]]
    return pairs.length / 2
  }
}
