import Fastify from 'fastify'
import { database } from '../../example/database/index.ts'
import { identity } from '../../example/identity.ts'
import cache from '../../plugins/cache/index.ts'
import upstashEnv from '../../plugins/env/index.ts'
import upstashClient from '../../plugins/upstash-client/index.ts'
import { problemDetails } from '../../problem-details.ts'
import patients from '../../routes/patients/index.ts'
import session from '../../routes/session/index.ts'

// A process that serves patients, whose query cache is as late as it is told to be, in seconds.

const [url = '', token = '', databaseUrl = '', staleness = ''] = process.argv.slice(2)

const app = Fastify()
problemDetails(app)
await app.register(upstashEnv, { url, token, env: {} })
// Nothing is to fail because the machine is busy.
await app.register(upstashClient, { timeLimit: 20_000 })
await app.register(cache, { namespaces: { query: { staleness: Number(staleness), staleIfError: 0 } } })
await app.register(identity)
await app.register(database, { url: databaseUrl })
await app.register(session, { prefix: '/session' })
await app.register(patients, { prefix: '/patients' })
process.on('disconnect', () => process.exit())
process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }))
