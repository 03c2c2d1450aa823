import { isAfter, type StreamEntry } from './entry.ts'

/** The last entries of the stream, without a hole, for those who come back. */
export class EntryLog {
  readonly #capacity: number
  #entries: StreamEntry[] = []
  /** The entry before the first one that is here. */
  #start: string | undefined
  #last: string | undefined

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  /** Up to which everything is known; undefined before there is a beginning. */
  get last (): string | undefined { return this.#last }

  /** Begins after an entry. */
  begin (after: string): void {
    this.#entries = []
    this.#start = this.#last = after
  }

  clear (): void {
    this.#entries = []
    this.#start = this.#last = undefined
  }

  /** Answers whether the entry is new. */
  append (entry: StreamEntry): boolean {
    if (this.#last === undefined || !isAfter(entry.id, this.#last)) return false
    this.#last = entry.id
    this.#entries.push(entry)
    // By halves: to move all of them for each one would make a long log a slow one.
    if (this.#entries.length >= 2 * this.#capacity) {
      this.#start = this.#entries[this.#capacity - 1]?.id
      this.#entries = this.#entries.slice(this.#capacity)
    }
    return true
  }

  /** Entries from one on, itself included where it is here; undefined where some may be missing. */
  from (id: string): StreamEntry[] | undefined {
    if (this.#start === undefined || isAfter(this.#start, id)) return undefined
    return this.#entries.filter(entry => !isAfter(id, entry.id))
  }

  /** Puts what came before in front: entries without a hole from one on. */
  extend (entries: readonly StreamEntry[], from: string): void {
    const { start = from } = { start: this.#start }
    this.#entries = [...entries.filter(({ id }) => !isAfter(id, start)), ...this.#entries.filter(({ id }) => isAfter(id, start))]
    this.#start = from
  }
}

/** Whether entries that were read from one on are all that there were: the stream forgets its oldest. */
export function isWhole (entries: readonly StreamEntry[], from: string, capacity: number): boolean {
  if (entries.length > capacity) return false
  // From the very beginning nothing tells of those that are gone, but that the stream is as long as it may be.
  return from === '0-0' ? entries.length < capacity : entries[0]?.id === from
}
