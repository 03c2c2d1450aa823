import Fastify from 'fastify'
import databasePlugin from '../../example/database/index.ts'

// A process that has an embedded database, until it is killed.

const app = Fastify()
await app.register(databasePlugin, { folder: process.argv[2] })
await app.database.query({ name: 'one', text: 'select 1' })
process.send?.('ready')
