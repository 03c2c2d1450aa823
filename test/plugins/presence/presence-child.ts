import Fastify from 'fastify'
import upstashEnv from '../../../plugins/env/index.ts'
import presencePlugin from '../../../plugins/presence/index.ts'
import upstashClient from '../../../plugins/upstash-client/index.ts'

// A process of its own, in which somebody is connected to a room, as the parent names them.

const [url = '', token = '', beat, lease, room = '', ...userIds] = process.argv.slice(2)

const app = Fastify()
await app.register(upstashEnv, { url, token, env: {} })
// Whatever else the machine does.
await app.register(upstashClient, { timeLimit: 20_000 })
await app.register(presencePlugin, { window: 5, beat: Number(beat), lease: Number(lease) })
for (const userId of userIds) app.presence.connect({ userId, room })
await app.presence.count(room)
process.on('disconnect', () => process.exit())
process.send?.({ ready: true })
