import { setImmediate, setTimeout } from 'node:timers/promises'
import { Deferred } from '../contracts/expect.ts'
import type { Cache, CacheClock } from '../plugins/cache/index.ts'
import type { World, Written } from './cache-model.ts'
import { keyOf, rowsOf, space, spaceOf, tagsOf, type Row } from './cache-rows.ts'
import type { Random } from './random.ts'

/** A process that plays. */
export interface Player {
  readonly name: string
  readonly cache: Cache
  /** Milliseconds that a read may miss what others invalidated: where it may join a load (`getOrSet`), and where not (`get`). */
  readonly lag: { readonly get: number, readonly load: number }
}

export interface GameOptions {
  readonly world: World
  readonly random: Random
  readonly clock: CacheClock
  /** Keys in each namespace. */
  readonly keys?: number
  /** Whether Redis answers all that it is asked, so that a refresh is known to be acknowledged. */
  readonly reliable?: boolean
  /** Share of the operations that only read; default 0.8. */
  readonly reading?: number
  /** What a loader waits for besides, such as time passing. */
  readonly pause?: () => Promise<unknown>
}

/** Operations on caches, drawn at random, and what came of them told to the world. */
export class Game {
  /** What rejected, or gave another row's value. */
  readonly failures: string[] = []
  operations = 0
  /** Milliseconds that a call took at most, those that run a loader left out. */
  slowest = 0
  readonly #options: Required<GameOptions>
  readonly #rows: readonly string[]

  constructor (options: GameOptions) {
    this.#options = { keys: 3, reliable: true, reading: 0.8, pause: async () => {}, ...options }
    this.#rows = rowsOf(this.#options.keys)
  }

  /** One operation, or a few that meet. Does not reject. */
  async play (players: readonly Player[]): Promise<void> {
    const { random, reading } = this.#options
    const player = random.pick(players)
    const id = random.pick(this.#rows)
    const dice = random.number()
    if (dice < 0.3 * reading) await this.get(player, [id])
    else if (dice < 0.5 * reading) await this.get(player, random.some(this.#rows.filter(row => spaceOf(row) === spaceOf(id)), 6))
    else if (dice < reading) await this.load(player, id)
    else if (dice < (1 + reading) / 2) await this.contest(players, id)
    else await this.write(player, id)
  }

  async get ({ name, cache, lag }: Player, ids: readonly string[]): Promise<void> {
    const { clock, random, world } = this.#options
    const options = random.chance(0.5) ? { tags: ['all'] } : {}
    const at = clock.elapsed()
    const keys = ids.map(keyOf)
    const [key] = keys
    const found = await this.#try('get', async () => keys.length === 1 && key !== undefined
      ? [await space(cache, ids).get<Row>(key, options)]
      : await space(cache, ids).getMany<Row>(keys, options))
    ids.forEach((id, index) => {
      const row = found?.[index]
      if (row !== undefined && this.#isOf(id, row)) world.saw({ by: name, at, id, version: row.version, lag: lag.get })
    })
  }

  /** A `getOrSet` whose tags the call names, or its loader tells. */
  async load ({ name, cache, lag }: Player, id: string, work = () => this.#work()): Promise<void> {
    const { clock, random, world } = this.#options
    const told = random.chance(0.5)
    const at = clock.elapsed()
    const row = await this.#try('getOrSet', () => space(cache, [id]).getOrSet(keyOf(id), async ({ setTags }): Promise<Row> => {
      const version = await world.read(id)
      await work()
      if (told) setTags(tagsOf(id))
      return { id, version }
    }, told ? {} : { tags: tagsOf(id) }))
    if (row !== undefined && this.#isOf(id, row)) world.saw({ by: name, at, id, version: row.version, lag: lag.load })
  }

  /** A row is written while a load of it is under way, then asked for again. Who does each is drawn. */
  async contest (players: readonly Player[], id: string): Promise<void> {
    const { random, pause } = this.#options
    const player = random.pick(players)
    const [loading, held] = [new Deferred<void>(), new Deferred<void>()]
    const first = this.load(player, id, () => { loading.resolve(); return held.promise })
    await Promise.race([loading.promise, first])
    await this.write(random.pick(players), id)
    await pause()
    const reader = random.chance(0.5) ? player : random.pick(players)
    const second = random.chance(0.3) ? this.get(reader, [id]) : this.load(reader, id)
    await setImmediate()
    held.resolve()
    await Promise.all([first, second])
  }

  /** Changes a row or several, then invalidates, in one of all ways. */
  async write (player: Player, id: string): Promise<void> {
    const { random } = this.#options
    const dice = random.number()
    const alike = [...new Set([id, ...random.some(this.#rows.filter(row => spaceOf(row) === spaceOf(id)), 2)])]
    if (dice < 0.25) await this.#invalidate(player, 'delete', alike, alike, cache => space(cache, alike).delete(...alike.map(keyOf)))
    else if (dice < 0.4) await this.#invalidate(player, 'set', [id], [id], (cache, { versions }) => space(cache, [id]).set(keyOf(id), { id, version: versions[id] }, { tags: tagsOf(id) }))
    else if (dice < 0.5) await this.#invalidate(player, 'setMany', alike, alike, (cache, { versions }) => space(cache, alike).setMany(alike.map(id => ({ key: keyOf(id), value: { id, version: versions[id] }, tags: tagsOf(id) }))))
    else if (dice < 0.6) await this.refresh(player, id)
    else if (dice < 0.94) {
      const tag = random.pick(tagsOf(id).slice(random.chance(0.2) ? 0 : 1))
      await this.#invalidate(player, 'invalidateTags', [id], this.#rows.filter(row => tagsOf(row).includes(tag)), cache => cache.invalidateTags(tag))
    } else await this.#invalidate(player, 'clear', [id], this.#rows.filter(row => dice > 0.99 || spaceOf(row) === spaceOf(id)), cache => dice > 0.99 ? cache.clear() : space(cache, [id]).clear())
  }

  /** Of this alone it is not told whether Redis acknowledged it. */
  async refresh (player: Player, id: string): Promise<void> {
    const { reliable, world } = this.#options
    await this.#invalidate(player, 'refresh', [id], [id], async cache => {
      await space(cache, [id]).getOrSet(keyOf(id), async (): Promise<Row> => {
        const version = await world.read(id)
        await this.#work()
        return { id, version }
      }, { refresh: true, tags: tagsOf(id) })
      return reliable
    })
  }

  async #invalidate ({ name, cache }: Player, what: string, ids: readonly string[], covered: readonly string[], invalidate: (cache: Cache, written: Written) => Promise<boolean | boolean[]>): Promise<void> {
    const { clock, world } = this.#options
    const written = await world.write(ids)
    const answer = await this.#try(what, () => invalidate(cache, written)) ?? false
    const acknowledged = Object.fromEntries(covered.map((id, index) => [id, Array.isArray(answer) ? answer[index] === true : answer]))
    world.invalidated({ by: name, at: clock.elapsed(), written, acknowledged })
  }

  async #try<T> (what: string, operation: () => Promise<T>): Promise<T | undefined> {
    this.operations++
    const begun = performance.now()
    try {
      const answer = await operation()
      if (what !== 'getOrSet' && what !== 'refresh') this.slowest = Math.max(this.slowest, performance.now() - begun)
      return answer
    } catch (error) {
      this.failures.push(`${what}: ${String(error)}`)
      return undefined
    }
  }

  #isOf (id: string, row: Row): boolean {
    if (row.id !== id) this.failures.push(`${row.id} in place of ${id}`)
    return row.id === id
  }

  /** A loader's: short, or so long that others read and invalidate meanwhile. */
  async #work (): Promise<void> {
    const { random, pause } = this.#options
    await setTimeout(random.number() * random.pick([1, 4, 16]))
    await pause()
  }
}
