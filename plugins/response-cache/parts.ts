import type { FastifyBaseLogger } from 'fastify'
import type { Background } from './background.ts'
import type { Clock } from './clock.ts'
import type { Counters } from './counters.ts'
import type { Flights } from './flights.ts'
import type { ReplyStore } from './store.ts'

/** What all cached routes of an app have in common. */
export interface Parts {
  readonly enabled: boolean
  readonly store: ReplyStore
  readonly flights: Flights
  readonly background: Background
  readonly counters: Counters
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  /** In Cache-Status. */
  readonly name: string
  /** The only hosts whose replies are cached; undefined for all. */
  readonly hosts: ReadonlySet<string> | undefined
  /** Bytes of a body. */
  readonly maxEntrySize: number
  /** Milliseconds that a request waits for another's reply. */
  readonly waitTimeout: number
}
