import fp from 'fastify-plugin'
import { assertDecoratorFree } from '../../lib/decorator.ts'
import type { Presence } from './interface.ts'
import { createLocalPresence } from './local.ts'
import { createUpstashPresence } from './upstash.ts'
import { checkOptions, type PresencePluginOptions } from './options.ts'

export {
  InvalidCustomStatusError, InvalidMetaError, InvalidPresenceArgumentError, InvalidRoomError, InvalidSignalError,
  InvalidStatusError, InvalidUserIdError, InvalidWatchError, PresenceClosedError
} from './errors.ts'
export type { PresenceConnectMessage, PresenceLeaveMessage } from './channels.ts'
export type { PresenceClock } from './clock.ts'
export type * from './interface.ts'
export type { ClosablePresence } from './checked.ts'
export { createLocalPresence } from './local.ts'
export type { LocalPresenceOptions, PresenceOptions, PresencePluginOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who is online: by the connections of all processes on this Redis, or of this process alone where none is configured. */
    presence: Presence
  }
}

/** Decorates the app with `fastify.presence`. */
export const presence = fp<PresencePluginOptions>(async (fastify, given) => {
  assertDecoratorFree(fastify, 'presence', 'presence')
  const options = checkOptions(given)
  const { grace, everywhere, maxMembers, backlog, clock } = options
  const log = fastify.log.child({ plugin: 'presence' })
  const { upstash } = fastify
  const implementation = upstash === null
    ? createLocalPresence({ grace, everywhere, maxMembers, backlog, clock })
    : createUpstashPresence(upstash, log, options)
  if (implementation.enabled) log.info('presence is shared by all processes on this Redis')
  else log.info('presence is local, since there is no Redis: it knows the connections of this process alone')
  fastify.decorate('presence', implementation)
  // A stream that waits for its next event would hold the server open.
  fastify.addHook('preClose', done => { implementation.endWatches(); done() })
  fastify.addHook('onClose', async () => await implementation.close())
}, { name: 'presence', fastify: '5.x', dependencies: ['upstash-client'] })

export default presence
