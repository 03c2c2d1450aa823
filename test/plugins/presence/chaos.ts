import type { Connection, Presence, PresenceEvent } from '../../../plugins/presence/index.ts'
import type { Random } from '../../random.ts'
import { Witness } from './witness.ts'
import type { Inhabitant, World } from './world.ts'

export const ROOMS = Array.from({ length: 5 }, (_, index) => `room ${index}`)
const USERS = Array.from({ length: 20 }, (_, index) => `user ${index}`)
const STATUSES = ['online', 'away', 'busy', 'invisible'] as const

interface Held {
  readonly userId: string
  readonly room: string
  readonly connection: Connection
  status: typeof STATUSES[number]
  /** How many times he hid. */
  hidden: number
  /** From when on all others are to see him, by the clock that Redis has, too. */
  promisedAt: number
}

/** One of six, with those who are connected to it, and a witness for each room. */
class Process {
  readonly held = new Set<Held>()
  readonly witnesses: readonly Witness[]
  readonly #inhabitant: Inhabitant
  isPaused = false

  constructor (inhabitant: Inhabitant, witnesses: readonly Witness[]) {
    this.#inhabitant = inhabitant
    this.witnesses = witnesses
    for (const witness of witnesses) witness.come(this.presence)
  }

  get presence (): Presence {
    return this.#inhabitant.started.presence
  }

  pause (): void {
    this.isPaused = true
    this.#inhabitant.clock.pause()
  }

  resume (): void {
    this.isPaused = false
    this.#inhabitant.clock.resume()
  }

  /** What it sent may arrive yet. */
  end (): void {
    this.#inhabitant.clock.pause()
    this.#inhabitant.weather.cut()
  }

  shows (userId: string, room: string): boolean {
    return [...this.held].some(held => held.userId === userId && held.room === room && held.status !== 'invisible')
  }
}

export interface ChaosOptions {
  /** Milliseconds. */
  readonly lease: number
  /** How many of a hundred steps end a process without a word. */
  readonly crashes: number
}

export class Chaos {
  readonly world: World
  readonly #random: Random
  readonly #options: ChaosOptions
  /** Who come and go, each with the id of what was seen last; and where those are who are here. */
  readonly visitors: Witness[]
  readonly #visits = new Map<Witness, Process>()
  processes: Process[] = []
  mistakes: string[] = []
  /** Who was told to have left, and was there throughout. */
  readonly falseLeaves = new Set<string>()
  #steps = 0
  events = 0
  crashes = 0
  pauses = 0
  resumed = 0
  promises = 0

  constructor (world: World, random: Random, options: ChaosOptions) {
    this.world = world
    this.#random = random
    this.#options = options
    this.visitors = [...ROOMS, ...ROOMS].map(room => this.#witness(room))
  }

  async start (count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.processes.push(await this.#startProcess())
  }

  /** Something that happens to somebody. */
  async step (): Promise<void> {
    const process = this.#random.pick(this.processes)
    const dice = 100 * this.#random.number()
    const held = [...process.held]
    if (dice < 42 || held.length === 0) this.#connect(process)
    else if (dice < 72) this.#close(process, this.#random.pick(held))
    else if (dice < 85) this.#update(process, this.#random.pick(held))
    else if (dice < 95) await this.#visit(process, this.#random.pick(this.visitors))
    else if (dice < 95 + this.#options.crashes) await this.#crash(process)
    else this.#pause(process)
    if (this.#steps % 30 === 10) await this.world.endStreams()
    if (this.#steps % 30 === 20) await this.world.streamsAreBack()
    this.#steps++
    await this.world.pass(this.#random.below(60))
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

  /** All who follow a room where somebody lives. */
  witnesses (room: string): Witness[] {
    return [...this.processes.flatMap(({ witnesses }) => witnesses), ...this.visitors].filter(witness => witness.room === room)
  }

  /** The weather is fine again, everybody who lives is awake, and every visitor is back. */
  async calm (): Promise<void> {
    for (const process of this.processes) process.resume()
    await this.world.calm()
    for (const visitor of this.visitors) if (!this.#visits.has(visitor)) await this.#visit(this.#random.pick(this.processes), visitor)
  }

  /** All visitors miss something, and go on from what they saw. */
  async comeBack (): Promise<void> {
    for (const visitor of this.visitors) this.#leave(visitor)
    for (const process of this.processes) this.#connect(process)
    for (const visitor of this.visitors) await this.#visit(this.#random.pick(this.processes), visitor)
  }

  /** All at once, without a word. */
  crashAll (): void {
    for (const process of this.processes) this.#end(process)
    this.processes = []
    for (const visitor of this.visitors) this.#hear(visitor)
  }

  async #startProcess (): Promise<Process> {
    return new Process(await this.world.startProcess(this.#options.lease), ROOMS.map(room => this.#witness(room)))
  }

  #witness (room: string): Witness {
    return new Witness(room, (witness, userId, event) => this.#judge(witness, userId, event))
  }

  /** While Redis cannot be asked, a process speaks for itself alone, and says so. */
  #judge ({ room }: Witness, userId: string, { id, asOf }: PresenceEvent): void {
    const isThere = this.processes.some(({ held }) => [...held].some(one => one.room === room && one.userId === userId && one.promisedAt < asOf))
    if (isThere && id !== 'local') this.falseLeaves.add(`${userId} in ${room}: ${id}`)
  }

  #connect (process: Process): void {
    const [userId, room, status] = [this.#random.pick(USERS), this.#random.pick(ROOMS), this.#random.pick(STATUSES)]
    const held: Held = { userId, room, status: 'invisible', hidden: 0, promisedAt: Infinity, connection: process.presence.connect({ userId, room, status }) }
    process.held.add(held)
    this.#show(process, held, status)
  }

  #close (process: Process, held: Held): void {
    process.held.delete(held)
    held.connection.close()
  }

  #update (process: Process, held: Held): void {
    const status = this.#random.pick(STATUSES)
    held.connection.update({ status })
    this.#show(process, held, status)
  }

  /** Asks of some who are seen from now on, and were not: a count waits until Redis knows them, and tells whether it does. */
  async #show (process: Process, held: Held, status: Held['status']): Promise<void> {
    const isNew = status !== 'invisible' && !process.shows(held.userId, held.room)
    held.status = status
    if (status === 'invisible') {
      held.hidden++
      held.promisedAt = Infinity
    }
    if (!isNew || this.#random.number() < 0.2) return
    const { hidden } = held
    const { source } = await process.presence.count(held.room)
    if (source !== 'redis' || held.hidden !== hidden) return
    held.promisedAt = Date.now()
    this.promises++
  }

  async #visit (process: Process, visitor: Witness): Promise<void> {
    if (this.#visits.has(visitor)) return this.#leave(visitor)
    this.#visits.set(visitor, process)
    await visitor.come(process.presence)
  }

  #leave (visitor: Witness): void {
    visitor.leave()
    this.#visits.delete(visitor)
  }

  /** It never runs again, but what it sent may arrive yet; another is started in its place. */
  async #crash (process: Process): Promise<void> {
    this.crashes++
    this.#end(process)
    this.processes = this.processes.filter(one => one !== process)
    this.processes.push(await this.#startProcess())
  }

  #end (process: Process): void {
    process.end()
    for (const [visitor, where] of this.#visits) if (where === process) this.#leave(visitor)
    this.resumed += process.presence.stats().watches.resumed
    for (const witness of process.witnesses) this.#hear(witness)
  }

  #hear ({ mistakes, events }: Witness): void {
    this.mistakes.push(...mistakes)
    this.events += events
  }

  #pause (process: Process): void {
    if (process.isPaused) return process.resume()
    this.pauses++
    process.pause()
  }
}
