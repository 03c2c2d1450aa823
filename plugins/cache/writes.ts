import { Budget } from '../../lib/budget.ts'
import { Held } from './held.ts'
import type { Namespace } from './namespace.ts'
import type { Target } from './names.ts'
import { Original } from './original.ts'
import type { Reading } from './protocol.ts'
import type { Write } from './settings.ts'
import { encode, type Encoded } from './value.ts'

/** A value that a call gives. */
export interface Given {
  readonly key: string
  readonly value: unknown
  readonly write: Write
}

interface Encodable extends Target {
  readonly write: Write
  readonly encoded: Encoded
}

/** Writes of one namespace, and what it invalidates. */
export class Writes {
  readonly #namespace: Namespace

  constructor (namespace: Namespace) {
    this.#namespace = namespace
  }

  /** In the order of what is given, whether Redis acknowledged it. Throws for a value that cannot be kept as it is. */
  async set (given: readonly Given[]): Promise<boolean[]> {
    const { store, sizeLimit, counters } = this.#namespace
    const all = given.flatMap(({ key, value, write }) => value === undefined ? [] : [{ key, tags: write.tags, write, encoded: encode(value) }])
    const fitting = all.filter(({ encoded }) => sizeLimit.admits(encoded))
    // What is there is older than what does not fit.
    const tooLarge = all.filter(target => !fitting.includes(target)).flatMap(({ key }) => this.#namespace.names.own(key))
    if (tooLarge.length > 0) await this.invalidate(tooLarge)
    const over = new AbortController()
    const kept = await new Budget(store.timeLimit).wait(this.#setAll(fitting, over.signal))
    over.abort()
    if (kept === undefined) this.removeLater(fitting)
    for (const index of fitting.keys()) counters[kept?.[index] === true ? 'stored' : 'notStored']++
    const stored = all.map(target => kept?.[fitting.indexOf(target)] === true)
    return given.map(({ value }) => value !== undefined && stored.shift() === true)
  }

  /**
   * `over`: the caller was answered. What it invalidates from then on is newer than these values, and could remove no stamp that is
   * made only later: so nothing is kept any more.
   */
  async #setAll (targets: readonly Encodable[], over: AbortSignal): Promise<boolean[]> {
    const { shared: { own }, names, protocol, staleness, settings } = this.#namespace
    if (targets.length === 0) return []
    const owned = targets.flatMap(({ key }) => names.own(key))
    const life = Math.max(...targets.map(({ write }) => write.ttl + write.grace))
    own.note(owned)
    const completed = await protocol.complete(targets, await this.renew(targets, life, staleness), life)
    // What another call of this process invalidated meanwhile is not for its memory: Redis has to tell.
    const overtaken = new Set(targets.filter(target => completed !== undefined && own.since(names.all(target), completed.asked.moment)))
    own.note(owned)
    if (completed === undefined || over.aborted) return []
    const { moment } = own
    return await Promise.all(targets.map(async target => {
      const { key, write, encoded } = target
      const recorded = protocol.record(target, completed.stamps)
      const { clock, memory } = this.#namespace
      const life = this.#namespace.life(write)
      const original = new Original(encoded)
      const kept = await protocol.keep(key, encoded, recorded, life)
      if (own.since(names.all(target), moment)) overtaken.add(target)
      // Without a fence the older value stood until now, and may have been read.
      if (!settings.fence) own.note(names.own(key))
      if (!kept && !settings.fence) this.removeLater([target])
      const asked = { at: completed.asked.at, moment: own.moment }
      if (kept && !overtaken.has(target)) memory?.keep(new Held({ key, original, recorded, life, clock, asked }))
      return kept
    }))
  }

  /** New fences. Where Redis did not acknowledge them, what is there is removed when it can be: it is older than the caller's. */
  async renew (targets: readonly Target[], life: number, memorable = 0): Promise<Reading | undefined> {
    const reading = await this.#namespace.protocol.renew(targets, life, memorable)
    if (reading === undefined) this.removeLater(targets)
    return reading
  }

  /** What is there, before anything is read again: where nobody knows yet whether it has a new fence. What was read meanwhile may be older. */
  removeLater (targets: readonly Target[]): void {
    const { shared: { own }, store, names } = this.#namespace
    const owned = targets.flatMap(({ key }) => names.own(key))
    own.note(owned)
    store.removeLater(owned)
  }

  /** Gives up what is stale, since there is nothing now that could take its place. */
  async forget ({ key }: Target): Promise<void> {
    const { shared: { own }, store, names } = this.#namespace
    own.note([names.entry(key)])
    await store.remove([names.entry(key)])
  }

  /** What was read or loaded before is older than this, here at once; what began meanwhile may be as well. */
  async invalidate (names: readonly string[]): Promise<boolean> {
    const { shared: { own }, store } = this.#namespace
    own.note(names)
    const acknowledged = await store.remove(names)
    own.note(names)
    return acknowledged
  }
}
