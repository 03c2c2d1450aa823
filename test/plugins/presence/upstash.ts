import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { LocalUpstash } from '../../../local/index.ts'
import presence, { type Presence, type PresencePluginOptions } from '../../../plugins/presence/index.ts'
import { startClient, type Log } from '../../client.ts'

export interface StartedPresence { app: FastifyInstance, presence: Presence, log: Log }

/** The plugin in an app of its own, on an endpoint. */
export async function startUpstash (t: Test, local: LocalUpstash, options: PresencePluginOptions = {}): Promise<StartedPresence> {
  const { app, log } = await startClient(t, local)
  await app.register(presence, options)
  await app.ready()
  return { app, presence: app.presence, log }
}
