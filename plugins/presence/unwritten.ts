import type { RoomWrites, Write } from './store.ts'

/** What this process has to say. */
export interface Holdings {
  /** Every user in every room. */
  everyone (): Iterable<readonly [room: string, userId: string]>
  /** Whether the process has anybody in a room. */
  has (room: string): boolean
  /** What it says of a user in a room; undefined where it does not hold him there. */
  part (room: string, userId: string): string | undefined
  /** His custom status as it is to be written where Redis has none; empty where none is known here. */
  status (userId: string): string
}

/** Users in one request: far below what a script can take and what holds up Redis. */
const MAX_WRITES = 1000

/** What Redis has yet to be told: users by room, each with what is to happen to his custom status. */
export class Unwritten {
  readonly #rooms = new Map<string, Map<string, string>>()
  readonly #postponed: RoomWrites[] = []

  get isEmpty (): boolean {
    return this.#rooms.size === 0
  }

  has (room: string): boolean {
    return this.#rooms.has(room)
  }

  /** `status`: empty where nothing is to happen to it, which does not call off what was said before. */
  add (room: string, userId: string, status = ''): void {
    const users = this.#rooms.get(room) ?? new Map<string, string>()
    const before = users.get(userId) ?? ''
    this.#rooms.set(room, users.set(userId, status === '' ? before : status))
  }

  /** Takes a batch away, the room of everybody first. `part`: what the node says of a user now; `isLeft`: whether it has nobody in a room. */
  take (first: string, part: (room: string, userId: string) => string | undefined, isLeft: (room: string) => boolean): RoomWrites[] {
    const batch: RoomWrites[] = []
    let left = MAX_WRITES
    for (const [room, all] of [...this.#rooms].sort(([one], [other]) => Number(other === first) - Number(one === first))) {
      const users = this.#takeUsers(room, all, left)
      left -= users.length
      const writes = users.map(([userId, status]): Write => ({ userId, part: part(room, userId), status }))
      // While others of the room wait for the next batch, the node is still answerable for it.
      if (writes.length > 0) batch.push({ room, users: writes, isLeft: isLeft(room) && !this.#rooms.has(room) })
    }
    return batch
  }

  /** Takes back what was not written; what was said since counts more. */
  restore (batch: readonly RoomWrites[]): void {
    const since = [...this.#rooms]
    this.clear()
    for (const { room, users } of batch) for (const { userId, status } of users) this.add(room, userId, status)
    for (const [room, users] of since) for (const [userId, status] of users) this.add(room, userId, status)
  }

  /** Keeps what cannot be written for now, and holds up nothing else. */
  postpone (batch: readonly RoomWrites[]): void {
    this.#postponed.push(...batch)
  }

  /** Takes up again what was postponed. */
  resume (): void {
    this.restore(this.#postponed.splice(0))
  }

  /** Forgets whom a test does not hold for, but for what is to happen to his custom status. */
  keep (isHeld: (room: string, userId: string) => boolean): void {
    for (const [room, users] of this.#rooms) {
      for (const [userId, status] of users) if (status === '' && !isHeld(room, userId)) users.delete(userId)
      if (users.size === 0) this.#rooms.delete(room)
    }
  }

  clear (): void {
    this.#rooms.clear()
  }

  #takeUsers (room: string, users: Map<string, string>, most: number): Array<[userId: string, status: string]> {
    const taken = [...users].slice(0, most)
    for (const [userId] of taken) users.delete(userId)
    if (users.size === 0) this.#rooms.delete(room)
    return taken
  }
}
