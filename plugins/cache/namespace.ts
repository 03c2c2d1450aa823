import type { FastifyBaseLogger } from 'fastify'
import type { CacheClock } from './clock.ts'
import { Confirmations } from './confirmations.ts'
import { Counters } from './counters.ts'
import type { Life } from './entry.ts'
import { InvalidCacheArgumentError } from './errors.ts'
import { Flights } from './flight.ts'
import type { MemoryFigures, NamespaceOptions } from './interface.ts'
import { Memory } from './memory.ts'
import { Names } from './names.ts'
import { OwnInvalidations } from './own-invalidations.ts'
import { Protocol } from './protocol.ts'
import { RememberedStamps } from './remembered-stamps.ts'
import { NamespaceSettings, type Write } from './settings.ts'
import { SizeLimit } from './size-limit.ts'
import type { Store } from './store.ts'

/** The name of the namespace of what is in none. */
export const ROOT = ''

export interface SharedOptions {
  readonly store: Store
  /** Begins every name in Redis. */
  readonly keyPrefix: string
  readonly clock: CacheClock
  readonly log: FastifyBaseLogger
  /** Whether other processes invalidate: where not, what is in memory needs no confirmation. */
  readonly alone: boolean
}

/** What all namespaces of a cache have in common. */
export class Shared {
  readonly options: SharedOptions
  readonly own = new OwnInvalidations()
  readonly remembered: RememberedStamps
  readonly confirmations: Confirmations
  /** Calls that read, and load where there is nothing. */
  readonly calls: Flights
  /** Loads, also those in the background. */
  readonly loads: Flights
  /** What has been loaded, and is on its way to Redis. */
  readonly keeping = new Set<Promise<void>>()

  constructor (options: SharedOptions) {
    const { store, clock } = options
    this.options = options
    this.remembered = new RememberedStamps(clock, this.own)
    this.confirmations = new Confirmations(store, this.own, clock)
    this.calls = new Flights(clock, this.own)
    this.loads = new Flights(clock, this.own)
  }
}

/** What the parts of one namespace have in common. */
export class Namespace {
  readonly name: string
  readonly shared: Shared
  readonly store: Store
  readonly clock: CacheClock
  readonly settings: NamespaceSettings
  /** Milliseconds for which another process's invalidation may not be seen. */
  readonly staleness: number
  readonly names: Names
  readonly protocol: Protocol
  readonly memory: Memory | undefined
  readonly counters: Counters
  readonly sizeLimit: SizeLimit
  readonly log: FastifyBaseLogger

  constructor (name: string, shared: Shared, options: NamespaceOptions) {
    const { store, clock, keyPrefix, alone, log } = shared.options
    this.name = name
    this.counters = new Counters(name)
    this.shared = shared
    this.store = store
    this.clock = clock
    this.settings = new NamespaceSettings(options)
    this.staleness = alone ? Infinity : this.settings.staleness
    if (alone && this.settings.memory === false) throw new InvalidCacheArgumentError('memory is false, but this cache is in memory alone: give it memory, or take memoryOnly back')
    this.names = new Names(keyPrefix, name, this.settings.fence)
    this.log = name === ROOT ? log : log.child({ namespace: name })
    const { own, remembered } = shared
    const { memory, compressOver, maxEntrySize } = this.settings
    this.sizeLimit = new SizeLimit(maxEntrySize, this.counters, this.log)
    this.protocol = new Protocol({ store, names: this.names, clock, own, remembered, compressOver, maxEntrySize })
    this.memory = memory === false || !store.enabled ? undefined : new Memory({ ...memory, staleness: this.staleness, names: this.names, clock, own })
    if (this.memory !== undefined) shared.confirmations.add(this.memory)
  }

  /** Of a value that is kept now. It is shortened at random, so that what was kept together does not end together. */
  life ({ ttl, jitter, grace }: Write): Life {
    return { writtenAt: Math.round(this.clock.now()), ttl: Math.max(1, Math.round(ttl * (1 - jitter * Math.random()))), grace }
  }

  figures (): { counters: Counters, memory: MemoryFigures } {
    return { counters: this.counters, memory: this.memory?.figures() ?? { entries: 0, bytes: 0 } }
  }
}
