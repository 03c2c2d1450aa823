import type { Subscription, UpstashClient } from '../upstash-client/index.ts'
import { isName, isSignalName } from './checks.ts'
import { isAfter, readEntry, type StreamEntry } from './entry.ts'
import { EntryLog, isWhole } from './entry-log.ts'
import type { PresenceStore } from './store.ts'

export interface EntryFeedOptions {
  readonly client: UpstashClient
  readonly store: PresenceStore
  readonly channel: string
  /** Entries that are kept for those who come back, and the most that wait for a hole to be filled. */
  readonly backlog: number
  readonly onEntry: (entry: StreamEntry) => void
  readonly onSignal: (room: string, userId: string, name: string) => void
  /** Entries are missing for good. */
  readonly onLost: () => void
}

/** Begins a message that is no entry of the stream. */
const SIGNAL = '!'

export function signalText (room: string, userId: string, name: string): string {
  return SIGNAL + JSON.stringify([room, userId, name])
}

/**
 * What happens in all rooms, each entry once, in order and without a hole: as one subscription tells it, and as the stream has it where
 * the subscription missed something. Beats read the stream too, which finds a subscription that is deaf.
 */
export class EntryFeed {
  readonly #options: EntryFeedOptions
  readonly #log: EntryLog
  #subscription: Subscription | undefined
  /** Entries that the subscription may have missed, and what it told since. */
  #hole: { isBeingFilled: boolean } | undefined
  #held: StreamEntry[] = []
  /** An entry that a beat found before the subscription told it. */
  #overdue: string | undefined
  #epoch = 0
  #reading: Promise<void> = Promise.resolve()

  constructor (options: EntryFeedOptions) {
    this.#options = options
    this.#log = new EntryLog(options.backlog)
  }

  /** Up to which entry everything is known; undefined before there is a beginning. */
  get last (): string | undefined { return this.#log.last }
  /** Another one whenever something may have been missed: what Redis was asked in one and answers in the next is no beginning. */
  get epoch (): number { return this.#epoch }

  /** Listens. Resolves when that is so, or takes longer than a call may: the beats tell then. */
  async open (): Promise<void> {
    this.#subscription ??= this.#subscribe()
    const { client } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => { timer = setTimeout(resolve, client.timeLimit) })
    await Promise.race([this.#subscription.opened, late])
    clearTimeout(timer)
  }

  /** Everything up to an entry is known, and what was told since follows. */
  begin (after: string): void {
    this.#log.begin(after)
    this.#hole = undefined
    this.#release()
  }

  /** Nothing is known any more, until there is another beginning. */
  reset (): void {
    this.#epoch++
    this.#log.clear()
    this.#held = []
    this.#hole = undefined
    this.#overdue = undefined
  }

  close (): void {
    this.reset()
    this.#subscription?.close()
    this.#subscription = undefined
  }

  /** What a beat read from an entry on. */
  onBeat (entries: readonly StreamEntry[], since: string): void {
    // Not told by now, although it was overdue a beat ago.
    if (this.#overdue !== undefined && this.#subscription?.state === 'open') this.#subscription = this.#subscribe()
    this.#overdue = this.#append(entries, since)
    this.#fill()
  }

  /** Entries from one on, itself included where it is here; undefined where some may be missing. */
  since (id: string): StreamEntry[] | undefined {
    // Of an entry that is not known yet, what comes before is missing.
    if (this.#log.last === undefined || isAfter(id, this.#log.last)) return undefined
    return this.#log.from(id)
  }

  /** Sees to it that what came after an entry is here, as far as the stream has it. */
  async reachBack (id: string): Promise<void> {
    // One after the other: after a restart many come back at once, and what one has read is there for the next.
    this.#reading = this.#reading.then(async () => await this.#readFrom(id))
    await this.#reading
  }

  async #readFrom (id: string): Promise<void> {
    const { last } = this.#log
    if (last === undefined || isAfter(id, last) || this.#log.from(id) !== undefined) return
    const entries = await this.#options.store.entries(id).catch(() => [])
    if (this.#log.last !== undefined && isWhole(entries, id, this.#options.backlog)) this.#log.extend(entries, id)
  }

  #subscribe (): Subscription {
    const { client, channel } = this.#options
    this.#subscription?.close()
    const subscription = client.subscribe(channel, text => this.#receive(text), { onGap: () => this.#missed() })
    // In place of one that was deaf: what that missed is a hole as well.
    if (this.#log.last !== undefined) subscription.opened.then(() => this.#missed())
    return subscription
  }

  #missed (): void {
    this.#epoch++
    this.#hole = { isBeingFilled: false }
    this.#fill()
  }

  /** Reads what the subscription missed. Where it cannot be read, the next beat tries again; till then nothing passes over the hole. */
  async #fill (): Promise<void> {
    const hole = this.#hole
    const since = this.#log.last
    if (hole === undefined || hole.isBeingFilled || since === undefined) return
    hole.isBeingFilled = true
    const entries = await this.#options.store.entries(since).catch(() => undefined)
    hole.isBeingFilled = false
    // Another one began meanwhile, or everything begins anew.
    if (entries === undefined || hole !== this.#hole) return
    this.#append(entries, since)
    this.#hole = undefined
    this.#release()
  }

  /** Answers the last entry that was not known. */
  #append (entries: readonly StreamEntry[], since: string): string | undefined {
    if (!isWhole(entries, since, this.#options.backlog)) {
      this.#options.onLost()
      return undefined
    }
    return entries.filter(entry => this.#tell(entry)).at(-1)?.id
  }

  #receive (text: string): void {
    if (text.startsWith(SIGNAL)) return this.#receiveSignal(text.slice(SIGNAL.length))
    const end = text.indexOf(' ')
    const entry = readEntry(text.slice(0, end), text.slice(end + 1))
    if (entry === undefined) return
    if (entry.id === this.#overdue) this.#overdue = undefined
    if (this.#hole === undefined && this.#log.last !== undefined) this.#tell(entry)
    else if (this.#held.length < this.#options.backlog) this.#held.push(entry)
    else this.#options.onLost()
  }

  #release (): void {
    for (const entry of this.#held.splice(0)) this.#tell(entry)
  }

  /** Answers whether the entry was not known. */
  #tell (entry: StreamEntry): boolean {
    const isNew = this.#log.append(entry)
    if (isNew) this.#options.onEntry(entry)
    return isNew
  }

  /** Of whoever else may publish here, nothing is taken. */
  #receiveSignal (json: string): void {
    const [room, userId, name, ...more] = readSignal(json)
    if (isName(room) && isName(userId) && isSignalName(name) && more.length === 0) this.#options.onSignal(room, userId, name)
  }
}

function readSignal (json: string): unknown[] {
  try {
    const signal: unknown = JSON.parse(json)
    return Array.isArray(signal) ? signal : []
  } catch {
    return []
  }
}
