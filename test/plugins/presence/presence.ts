import type { Test } from 'tap'
import { createLocalPresence, type ClosablePresence, type LocalPresenceOptions, type PresenceClock, type PresenceEvent } from '../../../plugins/presence/index.ts'

/** Time that stands still until a test moves it. */
export class TestClock implements PresenceClock {
  #now = 1_000_000
  readonly #timers = new Map<symbol, { due: number, run: () => void }>()
  /** The longest wait that was asked for. */
  longest = 0

  now (): number { return this.#now }
  get timers (): number { return this.#timers.size }

  after (ms: number, run: () => void): () => void {
    const id = Symbol('timer')
    this.longest = Math.max(this.longest, ms)
    this.#timers.set(id, { due: this.#now + ms, run })
    return () => { this.#timers.delete(id) }
  }

  /** Moves time and runs what falls due, in order. */
  advance (ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers].filter(([, { due }]) => due <= end).sort(([, a], [, b]) => a.due - b.due)
      if (next === undefined) break
      const [id, { due, run }] = next
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, due)
      run()
    }
    this.#now = end
  }

  /** The clock that people read goes on, timers do not: a host that was suspended. */
  suspend (ms: number): void {
    this.#now += ms
    for (const timer of this.#timers.values()) timer.due += ms
  }
}

export interface Started { presence: ClosablePresence, clock: TestClock, follow: (room?: string, lastEventId?: string) => Follower }

export function start (t: Test, options: LocalPresenceOptions = {}): Started {
  const clock = new TestClock()
  const presence = createLocalPresence({ clock, ...options })
  t.after(() => presence.close())
  return { presence, clock, follow: (room = '*', lastEventId) => new Follower(presence, room, lastEventId) }
}

/** Reads a watch as fast as it goes. */
export class Follower {
  readonly events: PresenceEvent[] = []
  readonly ended: Promise<void>
  readonly #controller = new AbortController()
  #read = 0

  constructor (presence: ClosablePresence, room: string, lastEventId?: string) {
    this.ended = this.#follow(presence.watch(room, { signal: this.#controller.signal, lastEventId }))
  }

  /** What came since this was asked last. Events are handed on within a turn of the event loop, so this waits for nothing else. */
  async news (): Promise<string[]> {
    await turn()
    const news = this.events.slice(this.#read).map(describe)
    this.#read = this.events.length
    return news
  }

  stop (): void {
    this.#controller.abort()
  }

  async #follow (events: AsyncIterable<PresenceEvent>): Promise<void> {
    for await (const event of events) this.events.push(event)
  }
}

export async function turn (): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}

/** `join ann busy {"a":1} "lunch"`, `leave ann`, `snapshot ann bob`. */
export function describe (event: PresenceEvent): string {
  if (event.type === 'snapshot') return ['snapshot', ...event.members.map(({ userId }) => userId)].join(' ')
  if (event.type === 'leave') return `leave ${event.userId}`
  if (event.type === 'signal') return `signal ${event.userId} ${event.name}`
  const { member: { userId, state, meta, customStatus } } = event
  return [event.type, userId, state, JSON.stringify(meta), JSON.stringify(customStatus?.text)].filter(part => part !== undefined).join(' ')
}
