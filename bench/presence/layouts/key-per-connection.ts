import { TIMES } from '../setting.ts'
import type { Command, Layout, Seat } from './layout.ts'

const keyOf = ({ userId, room }: Seat): string => `conn:${room}:${userId}`
const indexOf = (room: string): string => `index:${room}`
const keep = (seat: Seat): Command => ['SET', keyOf(seat), seat.userId, 'PX', TIMES.lease]

/** A key that expires per connection; who is in a room is found by looking through all keys. */
export const scannedKeys: Layout = {
  name: 'key with TTL, SCAN',
  join: seat => [keep(seat)],
  beat: seats => seats.map(keep),
  leave: seat => [['DEL', keyOf(seat)]],
  list: async (room, _now, send) => {
    const found = new Set<string>()
    let cursor = '0'
    do {
      // A page takes the server about a millisecond; more would block it for others.
      const [page] = await send([['SCAN', cursor, 'MATCH', `conn:${room}:*`, 'COUNT', 1000]]) as [[string, string[]]]
      for (const key of page[1]) found.add(key)
      cursor = page[0]
    } while (cursor !== '0')
    return found.size
  }
}

/** The same with a set of users per room, out of which those are taken whose key has expired. */
export const indexedKeys: Layout = {
  name: 'key with TTL, set per room',
  join: seat => [keep(seat), ['SADD', indexOf(seat.room), seat.userId]],
  beat: seats => seats.map(keep),
  leave: seat => [['DEL', keyOf(seat)], ['SREM', indexOf(seat.room), seat.userId]],
  list: async (room, _now, send) => {
    const [users] = await send([['SMEMBERS', indexOf(room)]]) as [string[]]
    if (users.length === 0) return 0
    const [values] = await send([['MGET', ...users.map(userId => keyOf({ userId, room }))]]) as [Array<string | null>]
    const gone = users.filter((_userId, at) => values[at] === null)
    if (gone.length > 0) await send([['SREM', indexOf(room), ...gone]])
    return users.length - gone.length
  }
}
