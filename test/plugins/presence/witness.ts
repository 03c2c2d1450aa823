import type { Presence, PresenceEvent } from '../../../plugins/presence/index.ts'

/** Follows a room, at one process after the other, and holds each event against what was told before. */
export class Witness {
  readonly room: string
  readonly mistakes: string[] = []
  events = 0
  readonly #onLeave: (witness: Witness, userId: string, event: PresenceEvent) => void
  #members = new Map<string, string>()
  #lastEventId: string | undefined
  #reading: Promise<void> = Promise.resolve()
  #controller = new AbortController()

  constructor (room: string, onLeave: (witness: Witness, userId: string, event: PresenceEvent) => void) {
    this.room = room
    this.#onLeave = onLeave
  }

  get members (): string[] {
    return [...this.#members].map(([userId, state]) => `${userId} ${state}`).sort()
  }

  /** Goes on from the last event that was seen. */
  async come (presence: Presence): Promise<void> {
    // One that was told before the last watch ended may not have been read yet.
    await this.#reading
    this.#controller = new AbortController()
    this.#reading = this.#read(presence.watch(this.room, { signal: this.#controller.signal, lastEventId: this.#lastEventId }))
  }

  leave (): void {
    this.#controller.abort()
  }

  async #read (events: AsyncIterable<PresenceEvent>): Promise<void> {
    for await (const event of events) this.#see(event)
  }

  #see (event: PresenceEvent): void {
    this.events++
    this.#lastEventId = event.id
    if (event.type === 'snapshot') this.#members = new Map(event.members.map(({ userId, state }) => [userId, state]))
    else if (event.type === 'join') this.#change(event.member.userId, event.member.state, false, event)
    else if (event.type === 'update') this.#change(event.member.userId, event.member.state, true, event)
    else if (event.type === 'leave') this.#change(event.userId, undefined, true, event)
  }

  #change (userId: string, state: string | undefined, wasThere: boolean, event: PresenceEvent): void {
    if (this.#members.has(userId) !== wasThere) this.mistakes.push(`${event.type} of ${userId}, who was ${wasThere ? 'not ' : ''}there: ${event.id}`)
    if (state !== undefined) this.#members.set(userId, state)
    else {
      this.#members.delete(userId)
      this.#onLeave(this, userId, event)
    }
  }
}
