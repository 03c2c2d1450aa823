import { contestants, origin, type Surroundings } from './contestants.ts'

// One contestant, in a process of its own: `server.ts NAME SURROUNDINGS`, or the origin of the others without arguments.

const [name, surroundings = '{}'] = process.argv.slice(2)
const make = name === undefined ? origin : contestants[name]
if (make === undefined) throw new Error(`no such contestant: ${name}`)
const app = make(JSON.parse(surroundings) as Surroundings)
process.once('SIGTERM', () => app.close())
console.log(`listens at ${await app.listen({ port: 0, host: '127.0.0.1' })}`)
