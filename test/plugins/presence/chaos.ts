import { setTimeout } from 'node:timers/promises'
import type { Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import type { Connection, Presence, PresenceClock, PresenceEvent } from '../../../plugins/presence/index.ts'
import type { Random } from '../../random.ts'
import { startUpstash, type StartedPresence } from './upstash.ts'

export const ROOMS = Array.from({ length: 5 }, (_, index) => `room ${index}`)
const USERS = Array.from({ length: 40 }, (_, index) => `user ${index}`)
export const LEASE = 240
const BEAT = 60
const STATUSES = ['online', 'away', 'busy', 'invisible'] as const

/** The clock of a process that can be paused, as a host does it: what falls due meanwhile runs when it goes on. */
class PausableClock implements PresenceClock {
  readonly #skew: number
  readonly #due: Array<() => void> = []
  #isPaused = false

  constructor (skew: number) {
    this.#skew = skew
  }

  now (): number {
    return Date.now() + this.#skew
  }

  after (ms: number, run: () => void): () => void {
    const controller = new AbortController()
    setTimeout(ms, undefined, { signal: controller.signal, ref: false }).then(() => {
      if (this.#isPaused) this.#due.push(() => { if (!controller.signal.aborted) run() })
      else run()
    }, () => {})
    return () => controller.abort()
  }

  pause (): void {
    this.#isPaused = true
  }

  resume (): void {
    this.#isPaused = false
    for (const run of this.#due.splice(0)) run()
  }
}

/** Follows a room, and holds each event against what was told before. */
class Witness {
  readonly mistakes: string[] = []
  #members = new Map<string, string>()
  events = 0

  async follow (events: AsyncIterable<PresenceEvent>): Promise<void> {
    for await (const event of events) this.#see(event)
  }

  get members (): string[] {
    return [...this.#members].map(([userId, state]) => `${userId} ${state}`).sort()
  }

  #see (event: PresenceEvent): void {
    this.events++
    if (event.type === 'snapshot') this.#members = new Map(event.members.map(({ userId, state }) => [userId, state]))
    else if (event.type === 'join') this.#change(event.member.userId, event.member.state, false, event)
    else if (event.type === 'update') this.#change(event.member.userId, event.member.state, true, event)
    else if (event.type === 'leave') this.#change(event.userId, undefined, true, event)
  }

  #change (userId: string, state: string | undefined, wasThere: boolean, { type, id }: PresenceEvent): void {
    if (this.#members.has(userId) !== wasThere) this.mistakes.push(`${type} of ${userId}, who was ${wasThere ? 'not ' : ''}there: ${id}`)
    if (state === undefined) this.#members.delete(userId)
    else this.#members.set(userId, state)
  }
}

interface Held { readonly userId: string, readonly room: string, status: typeof STATUSES[number], readonly connection: Connection }

/** One of six, with those who are connected to it, and a witness for each room. */
class Process {
  readonly held = new Set<Held>()
  readonly clock: PausableClock
  readonly witnesses = new Map(ROOMS.map(room => [room, new Witness()]))
  readonly started: StartedPresence
  isPaused = false

  constructor (started: StartedPresence, clock: PausableClock) {
    this.started = started
    this.clock = clock
    const { signal } = new AbortController()
    for (const [room, witness] of this.witnesses) witness.follow(this.presence.watch(room, { signal }))
  }

  get presence (): Presence {
    return this.started.presence
  }
}

export class Chaos {
  readonly #t: Test
  readonly #local: LocalUpstash
  readonly #random: Random
  processes: Process[] = []
  mistakes: string[] = []
  events = 0
  crashes = 0
  pauses = 0

  constructor (t: Test, local: LocalUpstash, random: Random) {
    this.#t = t
    this.#local = local
    this.#random = random
  }

  async start (count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.processes.push(await this.#startProcess())
  }

  /** Something that happens to somebody. */
  async step (): Promise<void> {
    const process = this.#random.pick(this.processes)
    const dice = this.#random.number()
    const held = [...process.held]
    if (dice < 0.45 || held.length === 0) this.#connect(process)
    else if (dice < 0.8) this.#close(process, this.#random.pick(held))
    else if (dice < 0.95) this.#update(this.#random.pick(held))
    else if (dice < 0.97) await this.#crash(process)
    else this.#pause(process)
    await setTimeout(this.#random.below(6))
  }

  /** Who is in a room by what the processes that live hold: `user 1 busy`. */
  expected (room: string): string[] {
    const states = new Map<string, string>()
    const rank = (status: string | undefined) => ['busy', 'online', 'away', undefined].indexOf(status)
    for (const { held } of this.processes) {
      for (const { userId, status } of [...held].filter(one => one.room === room && one.status !== 'invisible')) {
        if (rank(status) < rank(states.get(userId))) states.set(userId, status)
      }
    }
    return [...states].map(([userId, state]) => `${userId} ${state}`).sort()
  }

  /** The weather is fine again, and everybody who lives is awake. */
  async calm (): Promise<void> {
    await this.#local.faults.set(null)
    for (const process of this.processes) this.#resume(process)
  }

  /** All at once, without a word. */
  crashAll (): void {
    for (const process of this.processes) this.#end(process)
    this.processes = []
  }

  async #startProcess (): Promise<Process> {
    const clock = new PausableClock(this.#random.below(180_000) - 90_000)
    const options = { grace: 0, window: 5, beat: BEAT, lease: LEASE, backlog: 100_000, clock }
    return new Process(await startUpstash(this.#t, this.#local, options, { timeLimit: 100, breakerThreshold: 1_000_000, backoffInitial: 5, backoffMax: 20 }), clock)
  }

  #connect (process: Process): void {
    const [userId, room, status] = [this.#random.pick(USERS), this.#random.pick(ROOMS), this.#random.pick(STATUSES)]
    process.held.add({ userId, room, status, connection: process.presence.connect({ userId, room, status }) })
  }

  #close (process: Process, held: Held): void {
    process.held.delete(held)
    held.connection.close()
  }

  #update (held: Held): void {
    held.status = this.#random.pick(STATUSES)
    held.connection.update({ status: held.status })
  }

  /** It never runs again, but what it sent may arrive yet; another is started in its place. */
  async #crash (process: Process): Promise<void> {
    this.crashes++
    this.#end(process)
    this.processes = this.processes.filter(one => one !== process)
    this.processes.push(await this.#startProcess())
  }

  #end (process: Process): void {
    process.clock.pause()
    for (const { mistakes, events } of process.witnesses.values()) {
      this.mistakes.push(...mistakes)
      this.events += events
    }
  }

  #pause (process: Process): void {
    if (process.isPaused) return this.#resume(process)
    this.pauses++
    process.isPaused = true
    process.clock.pause()
  }

  #resume (process: Process): void {
    process.isPaused = false
    process.clock.resume()
  }
}
