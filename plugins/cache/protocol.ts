import type { CacheClock } from './clock.ts'
import { NO_TAGS, readEntry, writeEntry, type Entry, type Life, type Recorded } from './entry.ts'
import { Held, type Instant } from './held.ts'
import type { Names, Target } from './names.ts'
import { Original } from './original.ts'
import type { OwnInvalidations } from './own-invalidations.ts'
import { pack, unpack } from './packing.ts'
import type { RememberedStamps } from './remembered-stamps.ts'
import { fenceLife, tagLife, type Stamps } from './stamps.ts'
import type { NewStamp, Store } from './store.ts'
import type { Encoded } from './value.ts'

/** Stamps, and when Redis was asked for them. */
export interface Reading {
  readonly stamps: Stamps
  readonly asked: Instant
}

export interface View {
  /** What is kept, where all that it stands under still stands. */
  readonly held: Held | undefined
  /** Whether there was something that could not be read. */
  readonly unreadable: boolean
  /** The stamps as they stood when the reading began; undefined where Redis did not tell. */
  readonly reading: Reading | undefined
}

export interface ProtocolOptions {
  readonly store: Store
  readonly names: Names
  readonly clock: CacheClock
  readonly own: OwnInvalidations
  readonly remembered: RememberedStamps
  /** Bytes, see `NamespaceOptions`. */
  readonly compressOver: number
  readonly maxEntrySize: number
}

/**
 * What makes an entry valid: it records the stamps that stood before its value was loaded, and each of them must be there and equal
 * when it is read. To invalidate is to remove a stamp. docs/tags-and-stamps.md has the argument that nothing stale comes back.
 */
export class Protocol {
  readonly #options: ProtocolOptions
  readonly #store: Store
  readonly #names: Names
  /** Those that were recorded last: most entries in memory have the same, and hold them once. */
  #epochs: Recorded['epochs'] = ['', '']

  constructor (options: ProtocolOptions) {
    this.#options = options
    this.#store = options.store
    this.#names = options.names
  }

  /** What is kept of a target. One read, and a second one where the entry has tags that its reader does not name. */
  async look (target: Target): Promise<View> {
    const asked = this.#now()
    const names = [...this.#names.all(target), this.#names.invalidations]
    const texts = await this.#store.read(names)
    if (texts.includes(undefined)) return { held: undefined, unreadable: false, reading: undefined }
    const reading: Reading = { stamps: new Map(names.map((name, index) => [name, texts[index] ?? null])), asked }
    this.#remember([target], reading)
    const [text] = texts
    if (typeof text !== 'string') return { held: undefined, unreadable: false, reading }
    const entry = readEntry(text)
    if (entry !== undefined && !await this.#stands(entry.recorded, target, reading.stamps)) return { held: undefined, unreadable: false, reading }
    const held = entry && await this.#open(target.key, entry, asked)
    const isOver = held !== undefined && this.#options.clock.elapsed() >= held.ends
    return { held: isOver ? undefined : held, unreadable: held === undefined, reading }
  }

  async #stands (recorded: Recorded, target: Target, stamps: Stamps): Promise<boolean> {
    // A stamp that is not there never matches: to lose one costs a miss, and nothing else. Nor does a tag that the entry has not.
    if (!target.tags.every(tag => recorded.tags.has(tag))) return false
    const all = this.#names.recorded(target.key, recorded)
    const unread = all.filter(([name]) => !stamps.has(name))
    if (!all.every(([name, stamp]) => !stamps.has(name) || stamps.get(name) === stamp)) return false
    if (unread.length === 0) return true
    const texts = await this.#store.read(unread.map(([name]) => name))
    return unread.every(([, stamp], index) => texts[index] === stamp)
  }

  /** Undefined for what cannot be read: others may write under our names. */
  async #open (key: string, { packed, recorded, life }: Entry, asked: Instant): Promise<Held | undefined> {
    const { clock, maxEntrySize } = this.#options
    try {
      const original = new Original(await unpack(packed, maxEntrySize))
      return new Held({ key, original, recorded: { ...recorded, epochs: this.#shared(recorded.epochs) }, life, clock, asked })
    } catch {
      return undefined
    }
  }

  /**
   * All stamps for entries that are about to be made: missing ones are made first, with `guard` also the one that `addTags` needs.
   * Undefined where nothing can be kept.
   */
  async complete (targets: readonly Target[], reading: Reading | undefined, life: number, guard = false): Promise<Reading | undefined> {
    if (reading === undefined) return undefined
    const { stamps, asked } = reading
    const needed = new Set([...targets.flatMap(target => this.#names.stamps(target)), ...(guard ? [this.#names.invalidations] : [])])
    const missing = [...needed].filter(name => typeof stamps.get(name) !== 'string')
    if (missing.length === 0) return reading
    const made = await this.#store.stamp({ create: missing.map(name => this.#newStamp(name, life)) })
    if (made === undefined) return undefined
    this.#remember(targets, { stamps: made, asked })
    return { stamps: new Map([...stamps, ...made]), asked }
  }

  /** What an entry records that is made under these stamps. */
  record ({ key, tags }: Target, stamps: Stamps): Recorded {
    const { epochs } = this.#names
    const stampOf = (name: string) => String(stamps.get(name))
    return {
      epochs: this.#shared([stampOf(epochs[0]), stampOf(epochs[1])]),
      fence: this.#names.fences(key).map(stampOf).join(),
      tags: tags.length === 0 ? NO_TAGS : new Map(tags.map(tag => [tag, stampOf(this.#names.tag(tag))]))
    }
  }

  /**
   * New fences, which no load that is under way has, and the other stamps: from memory where they were asked for at most
   * `memorable` milliseconds ago. Undefined where nothing can be kept.
   */
  async renew (targets: readonly Target[], life: number, memorable = 0): Promise<Reading | undefined> {
    const asked = this.#now()
    const fences = targets.flatMap(({ key }) => this.#names.fences(key))
    const others = [...new Set(targets.flatMap(({ tags }) => this.#names.shared(tags)))]
    const known = this.#options.remembered.recall(others, memorable)
    const read = known === undefined ? [...others, this.#names.invalidations] : []
    const stamps = await this.#store.stamp({ renew: fences.map(name => this.#newStamp(name, life)), read })
    if (stamps === undefined) return undefined
    if (known !== undefined) return { stamps: new Map([...known.stamps, ...stamps]), asked: { at: known.at, moment: asked.moment } }
    this.#options.remembered.remember(others, stamps, asked)
    return { stamps, asked }
  }

  /**
   * Adds tags that the load itself told. Their stamps are read after it, so no invalidation of any tag may have come since
   * `before`, the stamps that were read in advance. Undefined where one has, or where that cannot be told.
   */
  async addTags (recorded: Recorded, before: Stamps, tags: readonly string[], life: number): Promise<Recorded | undefined> {
    const guard = this.#names.invalidations
    const names = tags.map(tag => this.#names.tag(tag))
    const texts = await this.#store.read([guard, ...names])
    let after: Stamps | undefined = new Map([guard, ...names].map((name, index) => [name, texts[index] ?? null]))
    const missing = names.filter(name => typeof after?.get(name) !== 'string')
    if (missing.length > 0 && isSame(guard, before, after)) {
      after = await this.#store.stamp({ create: missing.map(name => this.#newStamp(name, life)), read: [guard, ...names] })
    }
    if (after === undefined || !isSame(guard, before, after)) return undefined
    // One that is gone again is recorded as what no stamp is, and makes a miss.
    const told = tags.map((tag): [string, string] => [tag, String(after.get(this.#names.tag(tag)))])
    return { ...recorded, tags: new Map([...recorded.tags, ...told]) }
  }

  /** Answers whether Redis acknowledged it. `release`: what is removed beside it. */
  async keep (key: string, encoded: Encoded, recorded: Recorded, life: Life, release: readonly string[] = []): Promise<boolean> {
    const packed = await pack(encoded, this.#options.compressOver)
    return await this.#store.write(this.#names.entry(key), writeEntry({ packed, recorded, life }), life.ttl + life.grace, release)
  }

  #shared (epochs: Recorded['epochs']): Recorded['epochs'] {
    if (epochs[0] !== this.#epochs[0] || epochs[1] !== this.#epochs[1]) this.#epochs = epochs
    return this.#epochs
  }

  #now (): Instant {
    return { at: this.#options.clock.elapsed(), moment: this.#options.own.moment }
  }

  #remember (targets: readonly Target[], { stamps, asked }: Reading): void {
    this.#options.remembered.remember(targets.flatMap(({ tags }) => this.#names.shared(tags)), stamps, asked)
  }

  #newStamp (name: string, life: number): NewStamp {
    if (this.#names.epochs.includes(name)) return { name, life: undefined }
    return { name, life: this.#names.isFence(name) ? fenceLife(life) : tagLife(life) }
  }
}

/** A stamp that is not there is the same as none. */
function isSame (name: string, one: Stamps, other: Stamps): boolean {
  return typeof one.get(name) === 'string' && one.get(name) === other.get(name)
}
