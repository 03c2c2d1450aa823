import { TIMES } from '../setting.ts'
import type { Command, Layout, Seat } from './layout.ts'

const keyOf = (room: string): string => `room:${room}`
const keep = ({ userId, room }: Seat, now: number): Command => ['ZADD', keyOf(room), now + TIMES.lease, userId]
const trim = (room: string, now: number): Command => ['ZREMRANGEBYSCORE', keyOf(room), '-inf', now]

/** A sorted set per room, by the time until which a user counts; whoever beats takes out those whose time is over. */
export const sortedSets: Layout = {
  name: 'sorted set per room',
  join: (seat, now) => [keep(seat, now)],
  beat: (seats, now) => {
    const rooms = new Set(seats.map(({ room }) => room))
    return [...seats.map(seat => keep(seat, now)), ...[...rooms].map(room => trim(room, now))]
  },
  leave: ({ userId, room }) => [['ZREM', keyOf(room), userId]],
  list: async (room, now, send) => {
    const [users] = await send([['ZRANGEBYSCORE', keyOf(room), `(${now}`, '+inf']]) as [string[]]
    return users.length
  }
}
