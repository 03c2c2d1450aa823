import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import type { Presence } from './interface.ts'
import { createLocalPresence } from './local.ts'
import { checkOptions, type PresenceOptions } from './options.ts'

export {
  InvalidCustomStatusError, InvalidMetaError, InvalidPresenceArgumentError, InvalidRoomError, InvalidSignalError,
  InvalidStatusError, InvalidUserIdError, InvalidWatchError, PresenceClosedError
} from './errors.ts'
export type { PresenceClock } from './clock.ts'
export type * from './interface.ts'
export { createLocalPresence, type LocalPresence } from './local.ts'
export type { LocalPresenceOptions, PresenceOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who is online. In this version by the connections of this process alone. */
    presence: Presence
  }
}

/** Decorates the app with `fastify.presence`. It sends nothing to Redis yet. */
export const presence = fp<PresenceOptions>(async (fastify, given) => {
  assertDecoratorFree(fastify, 'presence', 'presence')
  const implementation = createLocalPresence(checkOptions(given))
  // With credentials or without: none of them would make this version share anything.
  fastify.log.child({ plugin: 'presence' }).info('presence is local: it knows the connections of this process alone; this version shares nothing through Redis')
  fastify.decorate('presence', implementation)
  // A stream that waits for its next event would hold the server open.
  fastify.addHook('preClose', done => { implementation.endWatches(); done() })
  fastify.addHook('onClose', async () => implementation.close())
  // upstash-client is what presence through Redis will need: who registers it now has nothing to change then.
}, { name: 'presence', fastify: '5.x', dependencies: ['upstash-client'] })

export default presence
