import { EventEmitter, once } from 'node:events'

/** The rows that caches stand in front of, and what they promise of them. */
export interface World {
  /** What a loader gets: the version of a row. */
  read (id: string): Promise<number>
  /** Makes new versions of rows, when it is this writer's turn: a row's writers go one after another until they have `invalidated`. */
  write (ids: readonly string[]): Promise<Written>
  /** An invalidation was answered. */
  invalidated (invalidation: Invalidation): void
  /** A read was answered. */
  saw (read: Read): void
}

export interface Written {
  readonly ids: readonly string[]
  /** Of all rows, as they were then. */
  readonly versions: Readonly<Record<string, number>>
}

export interface Invalidation {
  readonly by: string
  /** When it was answered. */
  readonly at: number
  readonly written: Written
  /** The rows that it was about, and of each whether Redis acknowledged it. */
  readonly acknowledged: Readonly<Record<string, boolean>>
}

export interface Read {
  readonly by: string
  /** When it began. */
  readonly at: number
  readonly id: string
  readonly version: number
  /** Milliseconds that it may miss what others invalidated. */
  readonly lag: number
}

interface Known { by: string, at: number, version: number, acknowledged: boolean }

/**
 * Judges reads. One must give at least what was there at the newest invalidation that its own process had an answer to before
 * the read began, or another one an acknowledgement, `lag` before it.
 */
export class CacheModel implements World {
  readonly problems: string[] = []
  reads = 0
  /** Reads that missed an invalidation, as they may. */
  late = 0
  readonly #versions: Record<string, number>
  readonly #known = new Map<string, Known[]>()
  readonly #written = new Set<string>()
  readonly #turns = new EventEmitter().setMaxListeners(0)

  constructor (ids: readonly string[]) {
    this.#versions = Object.fromEntries(ids.map(id => [id, 0]))
  }

  async read (id: string): Promise<number> {
    return this.#versions[id] ?? 0
  }

  async write (ids: readonly string[]): Promise<Written> {
    while (ids.some(id => this.#written.has(id))) await once(this.#turns, 'over')
    for (const id of ids) {
      this.#written.add(id)
      this.#versions[id] = (this.#versions[id] ?? 0) + 1
    }
    return { ids, versions: { ...this.#versions } }
  }

  invalidated ({ by, at, written, acknowledged }: Invalidation): void {
    for (const [id, is] of Object.entries(acknowledged)) this.#knownOf(id).push({ by, at, version: written.versions[id] ?? 0, acknowledged: is })
    for (const id of written.ids) this.#written.delete(id)
    this.#turns.emit('over')
  }

  /** What a process had kept of its invalidations, Redis has acknowledged by now. */
  delivered (by: string, at: number): void {
    for (const known of this.#known.values()) {
      known.push(...known.filter(one => one.by === by && !one.acknowledged).map(one => ({ ...one, at, acknowledged: true })))
    }
  }

  saw ({ by, at, id, version, lag }: Read): void {
    this.reads++
    const known = this.#knownOf(id)
    const due = (lag: number) => known.filter(one => one.by === by ? one.at < at : one.acknowledged && one.at < at - lag)
    const least = (lag: number) => Math.max(0, ...due(lag).map(({ version }) => version))
    const row = this.#versions[id] ?? 0
    if (version < least(lag) || version > row) {
      const missed = due(lag).filter(one => one.version > version).map(one => `${one.by} at ${one.at.toFixed(3)}, ${one.acknowledged ? '' : 'not '}acknowledged`)
      this.problems.push(`${by} got version ${version} of ${id} at ${at.toFixed(3)}, when ${least(lag)} to ${row} was right (invalidated by ${missed.join('; ')})`)
    } else if (version < least(0)) this.late++
  }

  /** Drops what no read that began since needs. */
  forget (before: number): void {
    for (const [id, known] of this.#known) {
      const old = known.filter(({ at }) => at < before)
      const newest = new Map(old.map(one => [`${one.by} ${one.acknowledged}`, one]))
      this.#known.set(id, [...newest.values(), ...known.filter(({ at }) => at >= before)])
    }
  }

  #knownOf (id: string): Known[] {
    const known = this.#known.get(id) ?? []
    this.#known.set(id, known)
    return known
  }
}
