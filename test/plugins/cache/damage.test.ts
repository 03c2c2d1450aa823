import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startCache } from '../../cache.ts'
import { startClient } from '../../client.ts'

const KEY = 'cache:v:query:key'

/** An entry as the cache writes it, with stamps that are none. */
function entry (format: string, text: string, stamps: unknown = ['e', 'n', 'f']): string {
  const recorded = JSON.stringify(stamps)
  return `2${format}${crc32(recorded + text).toString(36)}:${recorded.length.toString(36)}:${recorded}${text}`
}

const DAMAGE: Record<string, Command> = {
  'a value of somebody else': ['SET', KEY, '{"a":1}'],
  'an empty value': ['SET', KEY, ''],
  'a number cut short': ['SET', KEY, entry('j', '12345').slice(0, -1)],
  'a character changed': ['SET', KEY, entry('j', '"value"').replace('value', 'vaIue')],
  'another version': ['SET', KEY, entry('j', '1').replace(/^2/, '1')],
  'another format': ['SET', KEY, entry('x', '1')],
  'no JSON under the right checksum': ['SET', KEY, entry('j', '{')],
  'no devalue under the right checksum': ['SET', KEY, entry('d', '[["Buffer",1],"text"]')],
  'a length in place of bytes, which would make so many': ['SET', KEY, entry('d', '[["Buffer",1],{"buffer":2},{"length":3},1500000000]')],
  'something else in place of a view': ['SET', KEY, entry('d', '[["View",1],["Map",2,3],"a",{"x":2}]')],
  'undefined under the right checksum': ['SET', KEY, entry('d', '-1')],
  'a property __proto__ in devalue': ['SET', KEY, entry('d', '[{"__proto__":1},{"admin":2},true]')],
  'no stamps': ['SET', KEY, entry('j', '1', 5)],
  'too few stamps': ['SET', KEY, entry('j', '1', ['e', 'n'])],
  'stamps that are no strings': ['SET', KEY, entry('j', '1', ['e', 'n', 5])],
  'a tag without its stamp': ['SET', KEY, entry('j', '1', ['e', 'n', 'f', 'tag'])],
  'more tags than any entry has': ['SET', KEY, entry('j', '1', Array(300).fill('tag'))],
  'a hash': ['HSET', KEY, 'field', 'value'],
  'a list': ['RPUSH', KEY, 'value']
}

for (const [name, command] of Object.entries(DAMAGE)) {
  test(`under our key, ${name} is a miss, counted, and overwritten`, async t => {
    const { cache, client } = await startCache(t)
    const query = cache.namespace('query')
    await client.send(command)
    t.equal(await query.get('key'), undefined)
    t.equal(await query.has('key'), false)
    t.match(query.stats(), { hits: 0, misses: 2, unreadable: command[0] === 'SET' ? 2 : 0 })
    t.equal(await query.getOrSet('key', () => 'loaded'), 'loaded')
    await eventually(async () => await query.get('key') === 'loaded', 'it is overwritten')
    t.equal(({} as { admin?: boolean }).admin, undefined)
    await client.send(['DEL', KEY])
    await client.send(command)
    t.equal(await query.set('key', 'set'), true)
    t.equal(await query.get('key'), 'set')
  })
}

test('an endpoint that answers something else than asked for makes misses', async t => {
  let result: unknown
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as unknown[]
    response.end(JSON.stringify(request.url === '/pipeline' ? body.map(() => ({ result })) : { result }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { app } = await startClient(t, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'token' })
  await app.register(cachePlugin)
  const foreign = Buffer.from(entry('j', '"of another key"')).toString('base64')
  // A number, too few values, too many.
  for (result of [5, [foreign], [foreign, foreign, foreign]]) {
    t.same(await app.cache.getMany(['a', 'b']), [undefined, undefined])
    t.equal(await app.cache.getOrSet('a', () => 'loaded'), 'loaded')
    t.equal(await app.cache.set('a', 'set'), false)
  }
})

test('an invalid Date stays one', async t => {
  const { cache } = await startCache(t)
  await cache.set('key', new Date(NaN))
  const date = await cache.get<Date>('key')
  t.ok(date instanceof Date && Number.isNaN(date.getTime()))
})

test('of a view, only the part that it shows is kept', async t => {
  const { cache, client } = await startCache(t)
  const memory = Buffer.from('secret of another, public')
  await cache.set('key', [memory.subarray(19), new DataView(memory.buffer, memory.byteOffset + 19, 6)])
  const kept = await client.send<string>(['GET', 'cache:v::key'])
  t.notMatch(kept, Buffer.from('secret').toString('base64'))
  t.ok(kept.length < 200, `${kept.length}`)
})
