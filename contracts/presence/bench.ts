import assert from 'node:assert/strict'
import type { Presence, PresenceEvent } from '../../plugins/presence/index.ts'
import type { SubjectCase } from '../contract-case.ts'
import { inTime } from '../expect.ts'

/** An implementation of presence in which nobody is present yet. */
export interface PresenceUnderTest {
  readonly presence: Presence
  /** Events that it lets wait for a slow reader: few, for one case goes beyond. Its grace is best a few milliseconds: cases wait for it. */
  readonly backlog: number
  /** Ends it as the close of an app does; also twice. */
  close (): Promise<void>
}

/** What a case has at hand. */
export interface Bench extends PresenceUnderTest {
  readonly knowsOthers: boolean
  /** What may be said of who is not there. */
  readonly absent: 'offline' | 'unknown'
  /** Of the signal that the readers have. */
  readonly controller: AbortController
  /** A watch that has not begun. */
  reader (room: string, lastEventId?: string): Reader
  /** A watch of which the first event was read. */
  watch (room: string, lastEventId?: string): Promise<Reader>
}

export type PresenceCase = SubjectCase<Bench>

/** Reads a watch, and fails where it ends or lets wait. */
export class Reader {
  readonly #iterator: AsyncIterator<PresenceEvent>
  readonly #patience: number
  #last: PresenceEvent | undefined

  constructor (events: AsyncIterable<PresenceEvent>, patience: number) {
    this.#iterator = events[Symbol.asyncIterator]()
    this.#patience = patience
  }

  /** Of the event that was read last. */
  get lastId (): string {
    return String(this.#last?.id)
  }

  async next (): Promise<PresenceEvent> {
    const { done, value } = await inTime(this.#iterator.next(), 'an event', this.#patience)
    assert(done !== true, 'the watch ended')
    this.#last = value
    return value
  }

  /** Reads as many events as are named: `update ann busy`, `leave bob`, `snapshot ann bob`. */
  async expect (...expected: string[]): Promise<void> {
    for (const text of expected) assert.equal(describe(await this.next()), text)
  }

  async leave (): Promise<void> {
    await inTime(Promise.resolve(this.#iterator.return?.()), 'the return', this.#patience)
  }

  /** Resolves when the watch has ended, and fails where it gives another event. */
  async end (): Promise<void> {
    const { done } = await inTime(this.#iterator.next(), 'the end', this.#patience)
    assert.equal(done, true, 'an event came after the end')
  }
}

export function describe (event: PresenceEvent): string {
  if (event.type === 'snapshot') return ['snapshot', ...event.members.map(({ userId }) => userId).sort()].join(' ')
  if (event.type === 'signal') return `signal ${event.userId} ${event.name}`
  return event.type === 'leave' ? `leave ${event.userId}` : `${event.type} ${event.member.userId} ${event.member.state}`
}

/** Who is in a room. */
export async function names (presence: Presence, room?: string): Promise<string[]> {
  return (await presence.list(room)).members.map(({ userId }) => userId).sort()
}
