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

/** Those of the plugin: also of what is shared through Redis. */
export interface PresencePluginOptions extends LocalPresenceOptions {
  /** Milliseconds without a beat after which a process counts as dead. More than twice `beat`. Default 60,000. */
  readonly lease?: number | undefined
  /** Milliseconds between two beats of a process that holds somebody or watches. Default 25,000. */
  readonly beat?: number | undefined
  /** Milliseconds in which changes are gathered for one request; 0: a turn of the event loop. Default 250. */
  readonly window?: number | undefined
  /** Begins every name of presence in Redis, for apps that share a database: at most 200 visible ASCII characters; default `presence:`. */
  readonly keyPrefix?: string | undefined
  /** How many users, and for how many hours, are remembered as last seen. Default 100,000 users for 720 hours. */
  readonly lastSeen?: { readonly users: number, readonly hours: number } | undefined
}

const positive = { type: 'integer', minimum: 1 }

const ofProcess: Record<keyof PresenceOptions, object> = {
  grace: { type: 'integer', minimum: 0, maximum: LONGEST_TIMER, default: 5000 },
  everywhere: { type: 'boolean', default: true },
  maxMembers: { ...positive, maximum: 10_000, default: 10_000 },
  backlog: { ...positive, maximum: 100_000, default: 1000 }
}
const milliseconds = { ...positive, maximum: LONGEST_TIMER }

const checkLocal = optionsCheck<WithDefaults<PresenceOptions>>('presence', ofProcess)
const checkPlugin = optionsCheck<WithDefaults<Omit<PresencePluginOptions, 'clock'>>>('presence', {
  ...ofProcess,
  lease: { ...milliseconds, default: 60_000 },
  beat: { ...milliseconds, default: 25_000 },
  window: { type: 'integer', minimum: 0, maximum: LONGEST_TIMER, default: 250 },
  keyPrefix: { type: 'string', pattern: '^[\\x21-\\x7e]{0,200}$', default: 'presence:' },
  lastSeen: {
    type: 'object', properties: { users: positive, hours: positive }, required: ['users', 'hours'], additionalProperties: false, default: { users: 100_000, hours: 720 }
  }
})

/** Those of `createLocalPresence`. */
export function checkLocalOptions ({ clock, ...options }: LocalPresenceOptions): WithDefaults<LocalPresenceOptions> {
  return { ...checkLocal(options), clock: checkClock(clock) }
}

/** Those of the plugin. */
export function checkOptions ({ clock, ...options }: PresencePluginOptions): WithDefaults<PresencePluginOptions> {
  const checked = checkPlugin(options)
  if (checked.lease <= 2 * checked.beat) {
    throw new InvalidOptionError('presence', 'option lease must be more than twice beat: a process that misses one beat is not dead')
  }
  return { ...checked, clock: checkClock(clock) }
}

function checkClock (clock: PresenceClock = systemClock): PresenceClock {
  // No schema can say this of functions.
  if (typeof clock?.now === 'function' && typeof clock.after === 'function') return clock
  throw new InvalidOptionError('presence', 'option clock must have the methods now() and after(ms, run)')
}
