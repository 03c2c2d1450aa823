import { InvalidOptionError, optionsCheck, type WithDefaults } from '../../lib/options.ts'
import { LONGEST_TIMER, systemClock, type PresenceClock } from './clock.ts'

export interface PresenceOptions {
  /** Milliseconds that a user stays after his last connection was closed, so that a reload is no leave; 0: none. Default 5,000. */
  readonly grace?: number | undefined
  /** Whether every connection is in the room `*` too, which is what calls without a room ask. Default true. */
  readonly everywhere?: boolean | undefined
  /** Most members that a list or a snapshot holds. Default 10,000. */
  readonly maxMembers?: number | undefined
  /** Events kept for watches that come back, and the most that wait for a slow reader. Default 1,000. */
  readonly backlog?: number | undefined
}

export interface LocalPresenceOptions extends PresenceOptions {
  /** For tests. Default: the process's clock and timers. */
  readonly clock?: PresenceClock | undefined
}

const positive = { type: 'integer', minimum: 1 }

/** Those of the plugin. */
export const checkOptions = optionsCheck<WithDefaults<PresenceOptions>>('presence', {
  grace: { type: 'integer', minimum: 0, maximum: LONGEST_TIMER, default: 5000 },
  everywhere: { type: 'boolean', default: true },
  maxMembers: { ...positive, maximum: 10_000, default: 10_000 },
  backlog: { ...positive, maximum: 100_000, default: 1000 }
})

/** Those of `createLocalPresence`. */
export function checkLocalOptions ({ clock = systemClock, ...options }: LocalPresenceOptions): WithDefaults<LocalPresenceOptions> {
  // No schema can say this of functions.
  if (typeof clock?.now !== 'function' || typeof clock.after !== 'function') {
    throw new InvalidOptionError('presence', 'option clock must have the methods now() and after(ms, run)')
  }
  return { ...checkOptions(options), clock }
}
