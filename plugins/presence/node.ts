import { randomBytes } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { inTime } from '../../lib/in-time.ts'
import { errorKind, type TimeoutError } from '../upstash-client/index.ts'
import type { PresenceClock } from './clock.ts'
import { Reaper } from './reaper.ts'
import type { RedisTime } from './redis-time.ts'
import type { Beat, PresenceStore } from './store.ts'
import { Unwritten } from './unwritten.ts'

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

export interface NodeOptions {
  readonly store: PresenceStore
  readonly clock: PresenceClock
  readonly time: RedisTime
  readonly log: FastifyBaseLogger
  /** Milliseconds. */
  readonly beat: number
  readonly lease: number
  /** For which a reader waits for the dead to be taken out. */
  readonly patience: number
  readonly window: number
  /** The room that goes first in a batch. */
  readonly everywhere: string
  readonly holdings: Holdings
  readonly isWatched: () => boolean
  /** The last event that the watches know, which a beat asks for what comes after. */
  readonly lastEntry: () => string | undefined
  readonly onBeat: (beat: Beat, since: string | undefined) => void
  /** Redis cannot be asked any more; it can again, and what is held here is there. */
  readonly onAway: () => void
  readonly onBack: () => void
}

// Answers of the client that say for sure that nothing was applied.
const REFUSED = new Set<unknown>(['circuit_open', 'unauthorized', 'rate_limited', 'over_quota'])

/**
 * This process among the others: its lease, and what it writes under it. One thing at a time, in order. After an answer that may or may
 * not have been applied the node id is given up: everything is asserted under a new one, and the old one is reaped, so that what still
 * arrives of it finds a grave. Nothing is sent while the process holds nobody and nobody watches.
 */
export class Node {
  readonly #options: NodeOptions
  readonly #unwritten = new Unwritten()
  /** Own ids that were given up, whose last write may arrive yet. */
  readonly #givenUp = new Set<string>()
  /** Dead ones that are to be reaped when all that is here is asserted: one of them may be this process, as it was. */
  readonly #found = new Set<string>()
  readonly #reaper: Reaper
  /** Begins every id of this process. */
  readonly #process = `${randomBytes(9).toString('hex')}.`
  #lives = 0
  /** Under which it writes; undefined while it holds no lease. */
  #id: string | undefined
  #turn: Promise<void> = Promise.resolve()
  #cancelWrite: (() => void) | undefined
  #cancelBeat: (() => void) | undefined
  #sweeping: Promise<void> | undefined
  #askedAt = -Infinity
  #heardAt = -Infinity
  #isAway = false
  #hasFailed = false
  #isClosing = false

  constructor (options: NodeOptions) {
    this.#options = options
    this.#reaper = new Reaper(options.store)
  }

  get isAway (): boolean { return this.#isAway }

  /** Whether a node is or was this process, which knows better than what it wrote then. */
  owns (node: string): boolean {
    return node.startsWith(this.#process)
  }

  /** Something of a user in a room has changed, and others shall know within the window. */
  changed (room: string, userId: string, status = ''): void {
    // Under a new id everybody is asserted. Who is not here then need not be taken out.
    if (this.#id !== undefined || this.#options.holdings.part(room, userId) !== undefined) this.#unwritten.add(room, userId, status)
    // The close writes it: a grace may end meanwhile.
    if (this.#isClosing) return
    // While Redis is away, the beat tries again.
    if (!this.#isAway) this.#cancelWrite ??= this.#options.clock.after(this.#options.window, () => { this.settle() })
    this.wake()
  }

  /** Resolves when what has changed so far is written, or could not be. */
  async settle (): Promise<void> {
    this.#cancelWrite?.()
    this.#cancelWrite = undefined
    await this.#inTurn(async () => { await this.#write() })
  }

  /** As `settle`, where something of the rooms waits, and Redis can be asked. */
  async settleRooms (rooms: readonly string[]): Promise<void> {
    if (!this.#isAway && rooms.some(room => this.#unwritten.has(room))) await this.settle()
  }

  /** Begins to beat, where it does not yet. */
  wake (): void {
    if (this.#isClosing) return
    const { beat, clock } = this.#options
    // Shorter by chance, so that processes which started together do not go on together.
    const wait = this.#isAway ? beat / 2 : beat * (0.9 + 0.1 * Math.random())
    this.#cancelBeat ??= clock.after(wait, () => { this.#inTurn(async () => await this.#try(async () => await this.#tick())) })
  }

  /** Finds the dead before somebody reads, where no beat has done so lately: a process that holds nobody does not beat. */
  async sweep (): Promise<void> {
    const { clock, beat, patience } = this.#options
    const since = clock.now() - this.#askedAt
    // Below zero where the clock was set back.
    if (since >= 0 && since < (this.#isAway ? beat / 2 : beat)) return await this.#sweeping
    this.#askedAt = clock.now()
    const look = async () => { if (!this.#isAway || await this.#write()) await this.#beat() }
    // The dead are out when the reader looks, where that does not take long.
    this.#sweeping = this.#inTurn(async () => await this.#try(look)).then(async () => { await inTime(patience, this.#reaper.settled()) })
    await this.#sweeping
  }

  /** Tells others at once that everybody here leaves. */
  async close (): Promise<void> {
    if (this.#isClosing) return await this.#turn
    this.#isClosing = true
    this.#cancelWrite?.()
    this.#cancelBeat?.()
    await Promise.all([this.#reaper.close(), this.#inTurn(async () => await this.#leaveForGood())])
  }

  get #isEmpty (): boolean {
    const [first] = this.#options.holdings.everyone()
    return first === undefined
  }

  async #inTurn (run: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(run)
    await this.#turn
  }

  /** What goes through ends the time in which Redis could not be asked; only when all of it is there, for the watches look at it then. */
  async #try (run: () => Promise<void>): Promise<void> {
    const { log, onBack } = this.#options
    this.#hasFailed = false
    await run()
    if (!this.#isAway || this.#hasFailed) return
    this.#isAway = false
    log.info('presence is shared by all processes again')
    onBack()
  }

  async #tick (): Promise<void> {
    const { isWatched, clock, lease } = this.#options
    // Others have buried it by now. Of who came and went since then, nothing needs to be kept.
    if (this.#isAway && this.#id !== undefined && clock.now() - this.#heardAt > lease) this.#giveUp(this.#id)
    const isWritten = await this.#write()
    if (isWritten && this.#isEmpty && this.#id !== undefined) await this.#leave()
    if (isWritten && (this.#id !== undefined || isWatched())) await this.#beat()
    this.#cancelBeat = undefined
    if (!this.#isEmpty || isWatched() || !isWritten || this.#id !== undefined) this.wake()
  }

  /** Answers whether Redis knows all that there is to know. */
  async #write (): Promise<boolean> {
    // What waited in line when the close began is the close's to do.
    if (this.#isClosing) return false
    while (!this.#unwritten.isEmpty) {
      const node = this.#id
      // Whoever nobody knows of need not say that he has gone.
      if (node === undefined && this.#isEmpty) this.#unwritten.clear()
      else if (!await (node === undefined ? this.#enter() : this.#writeBatch(node))) return false
    }
    const isReaped = await this.#reapGivenUp()
    this.#reaper.add(this.#found)
    this.#found.clear()
    return isReaped
  }

  /** After those who are here are asserted anew, so that nobody sees them leave. */
  async #reapGivenUp (): Promise<boolean> {
    for (const node of this.#givenUp) {
      const isReaped = await this.#ask(async () => { await this.#reaper.reapOwn(node); return true })
      if (isReaped === undefined) return false
      this.#givenUp.delete(node)
    }
    return true
  }

  /** Answers false where Redis could not be asked. */
  async #writeBatch (node: string, isLast = false): Promise<boolean> {
    const { store, holdings, everywhere } = this.#options
    const part = (room: string, userId: string) => this.#isClosing ? undefined : holdings.part(room, userId)
    const batch = this.#unwritten.take(everywhere, part, room => this.#isClosing || !holdings.has(room))
    // Also where another process took it for dead.
    let isLost = false
    const stands = await this.#ask(async () => await store.sync(node, batch, isLast && this.#unwritten.isEmpty), () => { isLost = true })
    if (stands === true) return true
    this.#unwritten.restore(batch)
    if (isLost || stands === false) this.#giveUp(node)
    return stands === false
  }

  async #enter (): Promise<boolean> {
    const { store, holdings } = this.#options
    const node = `${this.#process}${++this.#lives}`
    const asked = this.#options.clock.now()
    // Where this is not answered, the node has nobody, and ends with its lease.
    const entered = await this.#ask(async () => await store.enter(node))
    if (entered === undefined) return false
    this.#heard(entered.now, asked)
    this.#id = node
    for (const [room, userId] of holdings.everyone()) this.#unwritten.add(room, userId, holdings.status(userId))
    for (const dead of entered.dead) this.#found.add(dead)
    return true
  }

  async #beat (): Promise<void> {
    if (this.#isClosing) return
    const { store, clock, lastEntry, onBeat } = this.#options
    const [asked, since] = [clock.now(), lastEntry()]
    const beat = await this.#ask(async () => await store.beat(this.#id, since))
    if (beat === undefined) return
    this.#heard(beat.now, asked)
    if (this.#id !== undefined && !beat.stands) {
      this.#giveUp(this.#id)
      await this.#write()
    }
    onBeat(beat, since)
    this.#reaper.add(beat.dead.filter(node => node !== this.#id))
  }

  /** Ends the lease, and what is held under it. */
  async #leave (): Promise<void> {
    let goesOn = true
    while (goesOn && this.#id !== undefined) {
      goesOn = await this.#writeBatch(this.#id, true)
      if (goesOn && this.#unwritten.isEmpty) this.#id = undefined
    }
  }

  async #leaveForGood (): Promise<void> {
    const { holdings } = this.#options
    this.#hasFailed = false
    for (const [room, userId] of holdings.everyone()) this.#unwritten.add(room, userId)
    await this.#leave()
    if (!this.#hasFailed) await this.#reapGivenUp()
  }

  #heard (now: number, asked: number): void {
    this.#options.time.observe(now, asked)
    this.#askedAt = this.#heardAt = asked
  }

  #giveUp (node: string): void {
    const { holdings } = this.#options
    this.#id = undefined
    this.#givenUp.add(node)
    // All that it said is taken back with it; who is here is asserted anew.
    this.#unwritten.keep((room, userId) => holdings.part(room, userId) !== undefined)
    for (const [room, userId] of holdings.everyone()) this.#unwritten.add(room, userId)
  }

  /** Undefined where Redis could not be asked; `onUncertain` where it may have been applied all the same. */
  async #ask<T> (send: () => Promise<T>, onUncertain?: () => void): Promise<T | undefined> {
    const { log, onAway } = this.#options
    try {
      return await send()
    } catch (error) {
      const kind = errorKind(error)
      this.#hasFailed = true
      const wasSent = !REFUSED.has(kind) && (error as Partial<TimeoutError>).sent !== false
      if (wasSent) onUncertain?.()
      if (!this.#isAway) {
        this.#isAway = true
        log.warn({ error: kind }, 'presence knows the connections of this process alone, since Redis cannot be asked')
        onAway()
      }
      return undefined
    }
  }
}
