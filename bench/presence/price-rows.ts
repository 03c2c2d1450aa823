import type { Party } from './contestant.ts'
import { ABSENCE, HOUR, HOUSE, TIMES } from './setting.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface Stage { readonly parties: readonly Party[], readonly clock: VirtualClock, readonly share: number }

export interface PriceRow {
  readonly name: string
  /** Everybody is there before it is counted. */
  readonly inhabited: boolean
  /** It needs events, and a watch of each room on each process before it is counted. */
  readonly watched?: true
  /** It is played for a contestant's share of an hour, and its figures multiplied. */
  readonly lasting?: true
  work (stage: Stage): Promise<unknown>
}

interface Guest { readonly userId: string, readonly room: string, readonly party: number }

const GUESTS: readonly Guest[] = Array.from({ length: HOUSE.users }, (_, index) => ({
  userId: `user:${index}`,
  // Every room has users on every process.
  room: `room:${Math.floor(index * HOUSE.rooms / HOUSE.users)}`,
  party: index % HOUSE.processes
}))
export const ROOMS: readonly string[] = [...new Set(GUESTS.map(({ room }) => room))]
export const GUESTS_A_ROOM = HOUSE.users / HOUSE.rooms

const join = ({ parties }: Stage, { party, userId, room }: Guest): void => parties[party]?.join(userId, room)
const leave = ({ parties }: Stage, { party, userId, room }: Guest): void => parties[party]?.leave(userId, room)

export async function inhabit (stage: Stage): Promise<void> {
  for (const guest of GUESTS) join(stage, guest)
  await stage.clock.pass(2 * TIMES.window)
}

/** Each user leaves once an hour, evenly over the time, and comes back. */
async function churn (stage: Stage): Promise<void> {
  const duration = HOUR * stage.share
  const leaving = GUESTS.slice(0, Math.round(GUESTS.length * stage.share))
  const moves = leaving.flatMap((guest, index) => {
    const at = (index + 0.5) * (duration - ABSENCE - 2 * TIMES.window) / leaving.length
    return [{ at, move: () => leave(stage, guest) }, { at: at + ABSENCE, move: () => join(stage, guest) }]
  }).sort((a, b) => a.at - b.at)
  let passed = 0
  for (const { at, move } of moves) {
    await stage.clock.pass(at - passed)
    passed = at
    move()
  }
  await stage.clock.pass(duration - passed)
}

const hour = ({ clock, share }: Stage) => clock.pass(HOUR * share)
const thousand = HOUSE.users.toLocaleString('en')

export const ROWS: readonly PriceRow[] = [
  { name: `${thousand} users join at once`, inhabited: false, work: inhabit },
  { name: 'an hour in which all stay', inhabited: true, lasting: true, work: hour },
  { name: '— and each room is watched on each process', inhabited: true, watched: true, lasting: true, work: hour },
  { name: 'an hour in which each leaves and comes back', inhabited: true, lasting: true, work: churn },
  { name: 'an hour with nobody there', inhabited: false, lasting: true, work: hour },
  { name: `who is in a room of ${GUESTS_A_ROOM}`, inhabited: true, work: async ({ parties, clock }) => { await parties[0]?.list(ROOMS[0] ?? ''); await clock.pass(0) } }
]
