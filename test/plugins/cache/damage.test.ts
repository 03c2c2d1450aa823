import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import cachePlugin from '../../../plugins/cache/index.ts'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startCache } from '../../cache.ts'
import { startClient } from '../../client.ts'
import { storedEntry } from '../../stored-entry.ts'

const KEY = 'cache:v:query:key'

const NOW = Date.now()
/** What is recorded beside a value: when it was written, for how long it is kept and then stale, stamps. */
const RECORD = [NOW, 60_000, 0, 'e', 'n', 'f']
/** The stamps that stand, so that nothing but the value is at fault. */
const STAMPS: Command = ['MSET', 'cache:e', 'e', 'cache:e:query', 'n', 'cache:f:query:key', 'f']

function entry (format: string, text: string, record: unknown = RECORD): string {
  return storedEntry(format, JSON.stringify(record), text)
}

const DAMAGE: Record<string, Command> = {
  'a value of somebody else': ['SET', KEY, '{"a":1}'],
  'an empty value': ['SET', KEY, ''],
  'a number cut short': ['SET', KEY, entry('j', '12345').slice(0, -1)],
  'a character changed': ['SET', KEY, entry('j', '"value"').replace('value', 'vaIue')],
  'another version': ['SET', KEY, entry('j', '1').replace(/^4/, '3')],
  'a checksum alone': ['SET', KEY, '40000000'],
  'another format': ['SET', KEY, entry('x', '1')],
  'no JSON under the right checksum': ['SET', KEY, entry('j', '{')],
  'no devalue under the right checksum': ['SET', KEY, entry('d', '[["Buffer",1],"text"]')],
  'a length in place of bytes, which would make so many': ['SET', KEY, entry('d', '[["Buffer",1],{"buffer":2},{"length":3},1500000000]')],
  'something else in place of a view': ['SET', KEY, entry('d', '[["View",1],["Map",2,3],"a",{"x":2}]')],
  'undefined under the right checksum': ['SET', KEY, entry('d', '-1')],
  'a property __proto__ in devalue': ['SET', KEY, entry('d', '[{"__proto__":1},{"admin":2},true]')],
  'no compressed text': ['SET', KEY, entry('J', 'AAAA')],
  'a compressed text cut short': ['SET', KEY, entry('J', gzipSync('"value"').toString('base64').slice(0, -8))],
  'a gzip bomb': ['SET', KEY, entry('J', gzipSync(Buffer.alloc(50_000_000, '1')).toString('base64'))],
  'a text over the size bound': ['SET', KEY, entry('j', `"${'x'.repeat(1_048_576)}"`)],
  'no record': ['SET', KEY, entry('j', '1', 5)],
  'a record that is no JSON': ['SET', KEY, storedEntry('j', '[1,1', '')],
  'a record of nothing but times': ['SET', KEY, entry('j', '1', [NOW, 60_000, 0])],
  'too few stamps': ['SET', KEY, entry('j', '1', [NOW, 60_000, 0, 'e'])],
  'stamps that are no strings': ['SET', KEY, entry('j', '1', [NOW, 60_000, 0, 'e', 'n', 5])],
  'a time that is none': ['SET', KEY, entry('j', '1', [NOW, '60_000', 0, 'e', 'n', 'f'])],
  'a time before the beginning': ['SET', KEY, entry('j', '1', [NOW, 60_000, -1, 'e', 'n', 'f'])],
  'a tag without its stamp': ['SET', KEY, entry('j', '1', [...RECORD, 'tag'])],
  'more tags than any entry has': ['SET', KEY, entry('j', '1', [...RECORD, ...Array(300).fill('tag')])],
  'a hash': ['HSET', KEY, 'field', 'value'],
  'a list': ['RPUSH', KEY, 'value']
}

test('an entry as the cache writes it is read', async t => {
  const { cache, client } = await startCache(t)
  await client.send(STAMPS)
  await client.send(['SET', KEY, entry('j', '{"__proto__":{"admin":true},"a":1}')])
  const value = await cache.namespace('query').get<object>('key')
  t.same(Object.entries(value ?? {}), [['__proto__', { admin: true }], ['a', 1]])
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

for (const [name, command] of Object.entries(DAMAGE)) {
  test(`under our key, ${name} is a miss, counted, and overwritten`, async t => {
    const { cache, client } = await startCache(t)
    const query = cache.namespace('query')
    await client.send(STAMPS)
    await client.send(command)
    t.equal(await query.get('key'), undefined)
    t.equal(await query.has('key'), false)
    t.match(query.stats(), { hits: 0, misses: 2, unreadable: command[0] === 'SET' ? 2 : 0 })
    t.equal(await query.getOrSet('key', () => 'loaded'), 'loaded')
    await eventually(async () => query.stats().stored === 1, 'it is overwritten')
    t.equal(await query.get('key'), 'loaded')
    t.equal(({} as { admin?: boolean }).admin, undefined)
    await client.send(['DEL', KEY])
    await client.send(command)
    t.equal(await query.set('key', 'set'), true)
    t.equal(await query.get('key'), 'set')
  })
}

const CHARACTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))

test('an entry of which any one byte is another is a miss', async t => {
  const { cache, client } = await startCache(t, { cache: { memory: false } })
  // Without fences, all keys of a namespace stand under the same stamps.
  const many = cache.namespace('many', { fence: false })
  // JSON that devalue would read as well: to it the numbers lead to what the list holds.
  const value = [[1, 2], 'a', 'b']
  await many.set('key', value)
  const stored = await client.send<string>(['GET', 'cache:v:many:key'])
  await client.send(['SET', 'cache:v:many:same', stored])
  t.same(await many.get('same'), value)
  for (let at = 0; at < stored.length; at++) {
    const changed = CHARACTERS.filter(character => character !== stored[at]).map(character => stored.slice(0, at) + character + stored.slice(at + 1))
    await client.send(['MSET', ...changed.flatMap((text, index) => [`cache:v:many:${index}`, text])])
    const found = await many.getMany(changed.map((_, index) => String(index)))
    t.strictSame(found, changed.map(() => undefined), `byte ${at}`)
  }
  t.equal(many.stats().unreadable, stored.length * (CHARACTERS.length - 1))
})

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
  t.ok(kept.length < 250, `${kept.length}`)
})
