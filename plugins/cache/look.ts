import { Budget } from '../../lib/budget.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import { Held, type Instant } from './held.ts'
import type { CacheKey, Look, WriteOptions } from './interface.ts'
import { canonicalKey } from './key.ts'
import type { Namespace } from './namespace.ts'
import type { Target } from './names.ts'
import { Original } from './original.ts'
import type { Reading } from './protocol.ts'
import type { Reads, Seen } from './reads.ts'
import { checkOptions, checkTtl } from './checks.ts'
import { WRITE_OPTIONS } from './settings.ts'
import { encode } from './value.ts'
import type { Writes } from './writes.ts'

const KEEP_OPTIONS = new Set([...WRITE_OPTIONS].filter(name => name !== 'tags'))

export interface LookParts {
  readonly namespace: Namespace
  readonly reads: Reads
  readonly writes: Writes
}

/** See {@link Look}: the steps of a load, for who cannot put them into one function. */
export class NamespaceLook<Value> implements Look<Value> {
  readonly values: ReadonlyArray<Value | undefined>
  readonly asked: boolean
  readonly #parts: LookParts
  readonly #targets: readonly Target[]
  readonly #tags: readonly string[]
  readonly #began: Instant
  readonly #budget: Budget
  /** What Redis told of the stamps; undefined where it was not asked, or did not answer. */
  #reading: Reading | undefined
  /** Whether every stamp is there that an entry needs. */
  #complete = false

  private constructor (parts: LookParts, targets: readonly Target[], tags: readonly string[], seen: { all: ReadonlyArray<Seen & { key: string }>, began: Instant, budget: Budget }) {
    const { counters, clock } = parts.namespace
    this.#parts = parts
    this.#targets = targets
    this.#tags = tags
    this.#began = seen.began
    this.#budget = seen.budget
    this.#reading = merge(seen.all)
    this.asked = seen.all.some(({ asked }) => asked)
    this.values = seen.all.map(({ key, held, source, degraded }) => {
      if (held === undefined || clock.elapsed() >= held.expires) {
        counters.missed(key)
        return undefined
      }
      counters.served(key, source, degraded)
      return held.original.copy() as Value
    })
  }

  static async begin<Value> (parts: LookParts, targets: readonly Target[], tags: readonly string[], ask: boolean): Promise<NamespaceLook<Value>> {
    const { namespace: { store, clock, shared: { own, options: { alone } }, settings: { load: { staleIfError } } }, reads } = parts
    const began = { at: clock.elapsed(), moment: own.moment }
    const budget = new Budget(store.timeLimit)
    const all = await Promise.all(targets.map(async target => {
      const { key } = target
      if (!ask) return { key, ...await reads.find(target, staleIfError, budget) }
      const seen = await reads.look(target, budget, staleIfError)
      // In memory alone there are stamps to be asked for, and no entries.
      return { key, ...seen, ...(alone && { held: reads.atOnce(target) }) }
    }))
    return new NamespaceLook(parts, targets, tags, { all, began, budget })
  }

  get isCurrent (): boolean {
    const { clock, staleness, shared: { own }, names } = this.#parts.namespace
    return clock.elapsed() - this.#began.at < staleness && !this.#targets.some(target => own.since(names.all(target), this.#began.moment))
  }

  async prepare (ttl: number): Promise<boolean> {
    const { protocol, names } = this.#parts.namespace
    const life = checkTtl(ttl)
    if (this.#reading === undefined) return false
    const completed = await this.#budget.wait(protocol.complete(this.#targets, this.#reading, life))
    if (completed === undefined) return false
    this.#reading = completed
    this.#complete = this.#targets.every(target => names.stamps(target).every(name => typeof completed.stamps.get(name) === 'string'))
    return this.#complete
  }

  async keep (key: CacheKey, value: Value, options: Omit<WriteOptions, 'tags'> = {}): Promise<boolean> {
    checkOptions(KEEP_OPTIONS, options)
    const { namespace, writes } = this.#parts
    const target = this.#target(key)
    const encoded = encode(value)
    const write = namespace.settings.write(options)
    if (!namespace.sizeLimit.admits(encoded)) {
      await writes.forget(target)
      return false
    }
    const original = new Original(encoded)
    const reading = this.#complete ? this.#reading : undefined
    if (reading === undefined || namespace.shared.own.since(namespace.names.all(target), reading.asked.moment)) {
      namespace.counters.notStored++
      return false
    }
    const { clock, memory, protocol, counters, shared: { keeping } } = namespace
    const recorded = protocol.record(target, reading.stamps)
    const life = namespace.life(write)
    memory?.keep(new Held({ key: target.key, original, recorded, life, clock, asked: reading.asked }))
    const kept = protocol.keep(target.key, encoded, recorded, life)
    const settled = kept.then(() => {})
    keeping.add(settled)
    settled.finally(() => keeping.delete(settled))
    const acknowledged = await kept
    counters[acknowledged ? 'stored' : 'notStored']++
    return acknowledged
  }

  async forget (key: CacheKey): Promise<void> {
    await this.#parts.writes.forget(this.#target(key))
  }

  #target (key: CacheKey): Target {
    const canonical = canonicalKey(key)
    // Its fence is one of the stamps that had to be seen before the value was made.
    if (this.#parts.namespace.settings.fence && !this.#targets.some(target => target.key === canonical)) {
      throw new InvalidCacheArgumentError('a look keeps values of the keys that it looked for; of others only in a namespace without fences')
    }
    return { key: canonical, tags: this.#tags }
  }
}

/** Each of them was asked for before the value is made, so that each stamp may be recorded; the oldest tells what is too late. */
function merge (all: readonly Seen[]): Reading | undefined {
  const readings = all.flatMap(({ reading }) => reading ?? [])
  const [first] = readings
  if (first === undefined) return undefined
  const asked = readings.map(reading => reading.asked)
  return {
    stamps: new Map(readings.flatMap(({ stamps }) => [...stamps])),
    asked: { at: Math.min(...asked.map(({ at }) => at)), moment: Math.min(...asked.map(({ moment }) => moment)) }
  }
}
