import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import { optionsCheck, type WithDefaults } from '../../lib/options.ts'
import { LONGEST_TIMER } from './clock.ts'
import type { Presence } from './interface.ts'
import { createLocalPresence, type LocalPresenceOptions } from './local.ts'

export {
  InvalidCustomStatusError, InvalidMetaError, InvalidRoomError, InvalidStatusError, InvalidUserIdError, InvalidWatchError,
  PresenceClosedError
} from './errors.ts'
export type { PresenceClock } from './clock.ts'
export type * from './interface.ts'
export { createLocalPresence, type LocalPresence, type LocalPresenceOptions } from './local.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who is online. In this version by the connections of this process alone. */
    presence: Presence
  }
}

/** Those of `createLocalPresence` but its clock. */
export type PresenceOptions = Omit<LocalPresenceOptions, 'clock'>

const positive = { type: 'integer', minimum: 1 }

const checkOptions = optionsCheck<WithDefaults<PresenceOptions>>('presence', {
  grace: { type: 'integer', minimum: 0, maximum: LONGEST_TIMER, default: 5000 },
  everywhere: { type: 'boolean', default: true },
  maxMembers: { ...positive, maximum: 10_000, default: 10_000 },
  backlog: { ...positive, maximum: 100_000, default: 1000 }
})

/** Decorates the app with `fastify.presence`. It sends nothing to Redis yet. */
export const presence = fp<PresenceOptions>(async (fastify, given) => {
  assertDecoratorFree(fastify, 'presence', 'presence')
  const implementation = createLocalPresence(checkOptions(given))
  const log = fastify.log.child({ plugin: 'presence' })
  log.info(fastify.upstash === null
    ? 'presence is local: it knows the connections of this process alone, since there is no Redis to share them through'
    : 'presence is local: it knows the connections of this process alone, since this version does not share them through Redis yet')
  fastify.decorate('presence', implementation)
  // A stream that waits for its next event would hold the server open.
  fastify.addHook('preClose', done => { implementation.endWatches(); done() })
  fastify.addHook('onClose', async () => implementation.close())
}, { name: 'presence', fastify: '5.x', dependencies: ['upstash-client'] })

export default presence
