import { randomBytes } from 'node:crypto'
import { inTime } from '../../lib/in-time.ts'
import type { PresenceClock } from './clock.ts'
import { Contact, type ContactOptions } from './contact.ts'
import { Reaper } from './reaper.ts'
import type { RedisTime } from './redis-time.ts'
import type { Beat, PresenceStore } from './store.ts'
import { Unwritten, type Holdings } from './unwritten.ts'

export interface NodeOptions extends ContactOptions {
  readonly store: PresenceStore
  readonly clock: PresenceClock
  readonly time: RedisTime
  /** Milliseconds. */
  readonly beat: number
  readonly lease: number
  /** Of a call, and of the close. */
  readonly timeLimit: number
  readonly window: number
  /** The room that goes first in a batch. */
  readonly everywhere: string
  readonly holdings: Holdings
  readonly isWatched: () => boolean
  /** The last event that the watches know, which a beat asks for what comes after. */
  readonly lastEntry: () => string | undefined
  readonly onBeat: (beat: Beat, since: string | undefined) => void
}

/**
 * This process among the others: its lease, and what it writes under it. One thing at a time, in order. After an answer that may or may
 * not have been applied the node id is given up: everything is asserted under a new one, and the old one is reaped, so that what still
 * arrives of it finds a grave. Nothing is sent while the process holds nobody and nobody watches.
 */
export class Node {
  readonly #options: NodeOptions
  readonly #unwritten = new Unwritten()
  /** Dead ones that are to be reaped when all that is here is asserted: one of them may be this process, as it was. */
  readonly #found = new Set<string>()
  readonly #reaper: Reaper
  readonly #contact: Contact
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
  #closing: Promise<void> | undefined

  constructor (options: NodeOptions) {
    this.#options = options
    this.#reaper = new Reaper(options.store)
    this.#contact = new Contact(options)
  }

  get isAway (): boolean { return this.#contact.isAway }

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
    if (!this.isAway) this.#cancelWrite ??= this.#options.clock.after(this.#options.window, () => { this.settle() })
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
    if (!this.isAway && rooms.some(room => this.#unwritten.has(room))) await this.settle()
  }

  /** Begins to beat, where it does not yet. */
  wake (): void {
    if (this.#isClosing) return
    const { beat, clock } = this.#options
    // Shorter by chance, so that processes which started together do not go on together.
    const wait = this.isAway ? beat / 2 : beat * (0.9 + 0.1 * Math.random())
    this.#cancelBeat ??= clock.after(wait, () => { this.#inTurn(async () => await this.#contact.regain(async () => await this.#tick())) })
  }

  /** Finds the dead before somebody reads, where no beat has done so lately: a process that holds nobody does not beat. */
  async sweep (): Promise<void> {
    const { clock, beat, timeLimit } = this.#options
    const since = clock.now() - this.#askedAt
    // Below zero where the clock was set back.
    if (since >= 0 && since < (this.isAway ? beat / 2 : beat)) return await this.#sweeping
    this.#askedAt = clock.now()
    const look = async () => { if (!this.isAway || await this.#write()) await this.#beat() }
    // The dead are out when the reader looks, where that does not take long.
    this.#sweeping = this.#inTurn(async () => await this.#contact.regain(look)).then(async () => { await inTime(timeLimit / 2, this.#reaper.settled()) })
    await this.#sweeping
  }

  /** Tells others at once that everybody here leaves. What cannot be said within the time limit, they find when the lease is over. */
  async close (): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  get #isClosing (): boolean { return this.#closing !== undefined }

  get #isEmpty (): boolean {
    const [first] = this.#options.holdings.everyone()
    return first === undefined
  }

  async #inTurn (run: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(run)
    await this.#turn
  }

  async #tick (): Promise<void> {
    const { isWatched, clock, lease } = this.#options
    // Others have buried it by now. Of who came and went since then, nothing needs to be kept.
    if (this.isAway && this.#id !== undefined && clock.now() - this.#heardAt > lease) this.#giveUp(this.#id)
    this.#unwritten.resume()
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
    const isReaped = await this.#reapOwn()
    this.#reaper.add(this.#found)
    this.#found.clear()
    return isReaped
  }

  /** After those who are here are asserted anew, so that nobody sees them leave. */
  async #reapOwn (): Promise<boolean> {
    return await this.#contact.ask(async () => { await this.#reaper.reapOwn(); return true }) === true
  }

  /** Answers false where Redis could not be asked. */
  async #writeBatch (node: string, isLast = false): Promise<boolean> {
    const { store, holdings, everywhere } = this.#options
    const part = (room: string, userId: string) => this.#isClosing ? undefined : holdings.part(room, userId)
    const batch = this.#unwritten.take(everywhere, part, room => this.#isClosing || !holdings.has(room))
    // Also where another process took it for dead.
    let isLost = false
    const written = await this.#contact.ask(async () => await store.sync(node, batch, isLast && this.#unwritten.isEmpty), () => { isLost = true })
    if (written?.stands === true) {
      this.#unwritten.postpone(written.refused)
      return true
    }
    this.#unwritten.restore(batch)
    if (isLost || written !== undefined) this.#giveUp(node)
    return written !== undefined
  }

  async #enter (): Promise<boolean> {
    const { store, holdings } = this.#options
    const node = `${this.#process}${++this.#lives}`
    const asked = this.#options.clock.now()
    // Where this is not answered, the node has nobody, and ends with its lease.
    const entered = await this.#contact.ask(async () => await store.enter(node))
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
    const beat = await this.#contact.ask(async () => await store.beat(this.#id, since))
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

  async #close (): Promise<void> {
    const { clock, timeLimit } = this.#options
    this.#cancelWrite?.()
    this.#cancelBeat?.()
    const done = Promise.all([this.#reaper.close(), this.#inTurn(async () => await this.#leaveForGood())])
    await new Promise<void>(resolve => {
      const cancel = clock.after(timeLimit, resolve)
      done.then(() => { cancel(); resolve() })
    })
    // What is held here is forgotten next: to end the lease then would leave all of it behind.
    this.#contact.end()
  }

  async #leaveForGood (): Promise<void> {
    for (const [room, userId] of this.#options.holdings.everyone()) this.#unwritten.add(room, userId)
    if (await this.#contact.attempt(async () => await this.#leave())) await this.#reapOwn()
  }

  #heard (now: number, asked: number): void {
    this.#options.time.observe(now, asked)
    this.#askedAt = this.#heardAt = asked
  }

  #giveUp (node: string): void {
    const { holdings } = this.#options
    this.#id = undefined
    this.#reaper.giveUp(node)
    // All that it said is taken back with it; who is here is asserted anew.
    this.#unwritten.keep((room, userId) => holdings.part(room, userId) !== undefined)
    for (const [room, userId] of holdings.everyone()) this.#unwritten.add(room, userId)
  }
}
