import { readEntry, writeEntry, type Entry, type Recorded } from './entry.ts'
import type { Names } from './names.ts'
import { fenceLife, tagLife, type Stamps } from './stamps.ts'
import type { NewStamp, Store } from './store.ts'
import type { Encoded } from './value.ts'

/** What a call is about. */
export interface Target {
  /** In its canonical form, as are the tags. */
  readonly key: string
  readonly tags: readonly string[]
}

export interface View {
  /** What is kept, where all that it stands under still stands. */
  readonly entry: Entry | undefined
  /** Whether there was something that could not be read. */
  readonly unreadable: boolean
  /** As they stood when the reading began; undefined where Redis did not tell. */
  readonly stamps: Stamps | undefined
}

export interface Completed {
  readonly stamps: Stamps
  /** In the order of the targets. */
  readonly recorded: readonly Recorded[]
}

/**
 * What makes an entry valid: it records the stamps that stood before its value was loaded, and each of them must be there and equal
 * when it is read. To invalidate is to remove a stamp. docs/tags-and-stamps.md has the argument that nothing stale comes back.
 */
export class Protocol {
  readonly #store: Store
  readonly #names: Names
  readonly #fenced: boolean

  constructor (store: Store, names: Names, fenced: boolean) {
    this.#store = store
    this.#names = names
    this.#fenced = fenced
  }

  /** The stamps that an entry of this kind stands under. */
  stampsOf ({ key, tags }: Target): string[] {
    return [...this.#names.epochs, ...(this.#fenced ? [this.#names.fence(key)] : []), ...tags.map(tag => this.#names.tag(tag))]
  }

  /** What is kept of a target. One read, and a second one where the entry has tags that its reader does not name. */
  async look (target: Target): Promise<View> {
    const names = [this.#names.entry(target.key), this.#names.invalidations, ...this.stampsOf(target)]
    const texts = await this.#store.read(names)
    if (texts.includes(undefined)) return { entry: undefined, unreadable: false, stamps: undefined }
    const stamps = new Map(names.map((name, index) => [name, texts[index] ?? null]))
    const [text] = texts
    const entry = typeof text === 'string' ? readEntry(text) : undefined
    const unreadable = typeof text === 'string' && entry === undefined
    const valid = entry !== undefined && await this.#stands(entry.recorded, target, stamps)
    return { entry: valid ? entry : undefined, unreadable, stamps }
  }

  async #stands (recorded: Recorded, { key, tags }: Target, stamps: Stamps): Promise<boolean> {
    const { epochs } = this.#names
    const known: Array<[name: string, stamp: string | undefined]> = [
      [epochs[0], recorded.epochs[0]],
      [epochs[1], recorded.epochs[1]],
      ...(this.#fenced ? [[this.#names.fence(key), recorded.fence] as [string, string]] : []),
      ...tags.map((tag): [string, string | undefined] => [this.#names.tag(tag), recorded.tags.get(tag)])
    ]
    // A stamp that is not there never matches: to lose one costs a miss, and nothing else. Nor does a tag that the entry has not.
    if (!known.every(([name, stamp]) => stamp === stamps.get(name))) return false
    const others = [...recorded.tags].filter(([tag]) => !tags.includes(tag))
    if (others.length === 0) return true
    const names = others.map(([tag]) => this.#names.tag(tag))
    const texts = await this.#store.read(names)
    return others.every(([, stamp], index) => texts[index] === stamp)
  }

  /**
   * Stamps for entries that are about to be made: missing ones are made first, with `guard` also the one that `addTags` needs.
   * Undefined where nothing can be kept.
   */
  async complete (targets: readonly Target[], stamps: Stamps | undefined, life: number, guard = false): Promise<Completed | undefined> {
    if (stamps === undefined) return undefined
    const needed = new Set([...targets.flatMap(target => this.stampsOf(target)), ...(guard ? [this.#names.invalidations] : [])])
    const missing = [...needed].filter(name => typeof stamps.get(name) !== 'string')
    if (missing.length === 0) return { stamps, recorded: targets.map(target => this.#record(target, stamps)) }
    const made = await this.#store.stamp({ create: missing.map(name => this.#newStamp(name, life)) })
    if (made === undefined) return undefined
    const all = new Map([...stamps, ...made])
    return { stamps: all, recorded: targets.map(target => this.#record(target, all)) }
  }

  /** New fences, which no load that is under way has, and the other stamps. Undefined where nothing can be kept. */
  async renew (targets: readonly Target[], life: number): Promise<Stamps | undefined> {
    const fences = this.#fenced ? targets.map(({ key }) => this.#newStamp(this.#names.fence(key), life)) : []
    const tags = new Set(targets.flatMap(({ tags }) => tags))
    return await this.#store.stamp({ renew: fences, read: [...this.#names.epochs, this.#names.invalidations, ...[...tags].map(tag => this.#names.tag(tag))] })
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

  /** Answers whether Redis acknowledged it. */
  async keep (key: string, encoded: Encoded, recorded: Recorded, life: number): Promise<boolean> {
    return await this.#store.write(this.#names.entry(key), writeEntry(encoded, recorded), life)
  }

  #newStamp (name: string, life: number): NewStamp {
    if (this.#names.epochs.includes(name)) return { name, life: undefined }
    return { name, life: name.startsWith(this.#names.fence('')) ? fenceLife(life) : tagLife(life) }
  }

  #record ({ key, tags }: Target, stamps: Stamps): Recorded {
    const { epochs } = this.#names
    const stampOf = (name: string) => String(stamps.get(name))
    return {
      epochs: [stampOf(epochs[0]), stampOf(epochs[1])],
      fence: this.#fenced ? stampOf(this.#names.fence(key)) : '',
      tags: new Map(tags.map(tag => [tag, stampOf(this.#names.tag(tag))]))
    }
  }
}

/** A stamp that is not there is the same as none. */
function isSame (name: string, one: Stamps, other: Stamps): boolean {
  return typeof one.get(name) === 'string' && one.get(name) === other.get(name)
}
