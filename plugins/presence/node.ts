import { randomBytes } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import { errorKind } from '../upstash-client/index.ts'
import type { PresenceClock } from './clock.ts'
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
  /** Dead ones that are to be reaped. */
  readonly #found = new Set<string>()
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
  #isAway = false
  #hasFailed = false
  #isClosing = false

  constructor (options: NodeOptions) {
    this.#options = options
  }

  get isAway (): boolean { return this.#isAway }

  /** Whether a node is or was this process, which knows better than what it wrote then. */
  owns (node: string): boolean {
    return node.startsWith(this.#process)
  }

  /** Something of a user in a room has changed, and others shall know within the window. */
  changed (room: string, userId: string, status = ''): void {
    this.#unwritten.add(room, userId, status)
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

  /** As `settle`, where something of a room waits. */
  async settleRoom (room: string): Promise<void> {
    if (this.#unwritten.has(room)) await this.settle()
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
    const { clock, beat } = this.#options
    if (clock.now() - this.#askedAt < (this.#isAway ? beat / 2 : beat)) return await this.#sweeping
    this.#askedAt = clock.now()
    this.#sweeping = this.#inTurn(async () => await this.#try(async () => await this.#beat()))
    await this.#sweeping
  }

  /** Tells others at once that everybody here leaves. */
  async close (): Promise<void> {
    if (this.#isClosing) return await this.#turn
    this.#isClosing = true
    this.#cancelWrite?.()
    this.#cancelBeat?.()
    await this.#inTurn(async () => await this.#leave())
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
    const { isWatched } = this.#options
    const isWritten = await this.#write()
    if (isWritten && this.#isEmpty && this.#id !== undefined) await this.#leave()
    if (isWritten && (this.#id !== undefined || isWatched())) await this.#beat()
    this.#cancelBeat = undefined
    if (!this.#isEmpty || isWatched() || !isWritten || this.#id !== undefined) this.wake()
  }

  /** Answers whether Redis knows all that there is to know. */
  async #write (): Promise<boolean> {
    while (!this.#unwritten.isEmpty) {
      const node = this.#id
      // Whoever nobody knows of need not say that he has gone.
      if (node === undefined && this.#isEmpty) this.#unwritten.clear()
      else if (!await (node === undefined ? this.#enter() : this.#writeBatch(node))) return false
    }
    for (const node of this.#givenUp) if (!await this.#reap(node, true)) return false
    return await this.#reapAll([...this.#found])
  }

  /** Answers false where Redis could not be asked. */
  async #writeBatch (node: string, isLast = false): Promise<boolean> {
    const { store, holdings, everywhere } = this.#options
    const part = (room: string, userId: string) => this.#isClosing ? undefined : holdings.part(room, userId)
    const batch = this.#unwritten.take(everywhere, part, room => this.#isClosing || !holdings.has(room))
    const stands = await this.#ask(async () => await store.sync(node, batch, isLast && this.#unwritten.isEmpty), () => this.#giveUp(node))
    if (stands === true) return true
    this.#unwritten.restore(batch)
    // Another process took it for dead: a new one asserts everything.
    if (stands === false) this.#id = undefined
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
    // Not before everything is asserted: one of them may be this process, as it was.
    for (const dead of entered.dead) this.#found.add(dead)
    return true
  }

  async #beat (): Promise<void> {
    const { store, clock, lastEntry, onBeat, holdings } = this.#options
    const [asked, since] = [clock.now(), lastEntry()]
    const beat = await this.#ask(async () => await store.beat(this.#id, since))
    if (beat === undefined) return
    this.#heard(beat.now, asked)
    if (this.#id !== undefined && !beat.stands) {
      this.#id = undefined
      for (const [room, userId] of holdings.everyone()) this.#unwritten.add(room, userId)
      await this.#write()
    }
    onBeat(beat, since)
    await this.#reapAll(beat.dead.filter(node => node !== this.#id))
  }

  /** Ends the lease, and what is held under it. */
  async #leave (): Promise<void> {
    const { holdings } = this.#options
    if (this.#isClosing) for (const [room, userId] of holdings.everyone()) this.#unwritten.add(room, userId)
    let goesOn = true
    while (goesOn && this.#id !== undefined) {
      goesOn = await this.#writeBatch(this.#id, true)
      if (goesOn && this.#unwritten.isEmpty) this.#id = undefined
    }
  }

  async #reapAll (nodes: readonly string[]): Promise<boolean> {
    for (const node of nodes) if (!await this.#reap(node, false)) return false
    return true
  }

  /** Takes a dead node out of all its rooms. Where this is cut short, its grave's lease ends, and somebody goes on. */
  async #reap (node: string, isOwn: boolean): Promise<boolean> {
    const { store } = this.#options
    const [writer = ''] = node.split('~')
    const grave = `${writer}~${randomBytes(9).toString('hex')}`
    const rooms = await this.#ask(async () => await store.bury(node, grave, isOwn) ?? null)
    if (rooms === undefined) return false
    this.#givenUp.delete(node)
    this.#found.delete(node)
    if (rooms === null) return true
    return await this.#ask(async () => {
      for (const room of rooms) await store.reap(grave, writer, room)
      await store.forget(grave)
      return true
    }) ?? false
  }

  #heard (now: number, asked: number): void {
    this.#options.time.observe(now, asked)
    this.#askedAt = asked
  }

  #giveUp (node: string): void {
    this.#id = undefined
    this.#givenUp.add(node)
  }

  /** Undefined where Redis could not be asked; `onUncertain` where it may have been applied all the same. */
  async #ask<T> (send: () => Promise<T>, onUncertain?: () => void): Promise<T | undefined> {
    const { log, onAway } = this.#options
    try {
      return await send()
    } catch (error) {
      const kind = errorKind(error)
      this.#hasFailed = true
      if (!REFUSED.has(kind)) onUncertain?.()
      if (!this.#isAway) {
        this.#isAway = true
        log.warn({ error: kind }, 'presence knows the connections of this process alone, since Redis cannot be asked')
        onAway()
      }
      return undefined
    }
  }
}
