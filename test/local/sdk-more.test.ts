import { Redis } from '@upstash/redis'
import { test, type Test } from 'tap'
import { startLocal } from '../local.ts'

async function connect (t: Test): Promise<Redis> {
  const { url, token } = await startLocal(t)
  return new Redis({ url, token, enableAutoPipelining: false })
}

test('keys and their lifetimes', async t => {
  const redis = await connect(t)
  await redis.mset({ a: 1, b: 2, c: 3 })
  t.equal(await redis.exists('a', 'b', 'none'), 2)
  t.equal(await redis.expire('a', 100), 1)
  t.equal(await redis.expire('a', 200, 'NX'), 0)
  t.equal(await redis.ttl('a'), 100)
  t.equal(await redis.persist('a'), 1)
  t.equal(await redis.pexpire('a', 50_000), 1)
  t.ok(await redis.pttl('a') > 40_000)
  t.equal(await redis.expireat('b', Math.floor(Date.now() / 1000) + 100), 1)
  t.equal(await redis.pexpireat('b', Date.now() + 100_000), 1)
  t.equal(await redis.ttl('none'), -2)
  t.equal(await redis.type('a'), 'string')
  t.equal(await redis.rename('a', 'z'), 'OK')
  t.equal(await redis.renamenx('z', 'b'), 0)
  t.equal(await redis.copy('z', 'y'), 'COPIED')
  t.equal(await redis.touch('z', 'y'), 2)
  t.same((await redis.keys('*')).sort(), ['b', 'c', 'y', 'z'])
  t.ok(['b', 'c', 'y', 'z'].includes(String(await redis.randomkey())))
  t.equal(await redis.dbsize(), 4)
  const [cursor, found] = await redis.scan(0, { match: '*', count: 100, type: 'string' })
  t.equal(cursor, '0')
  t.equal(found.length, 4)
  t.equal(await redis.del('b', 'none'), 1)
  t.equal(await redis.unlink('c'), 1)
  t.equal(await redis.flushdb(), 'OK')
  t.equal(await redis.flushall(), 'OK')
  t.equal(await redis.dbsize(), 0)
})

test('the server', async t => {
  const redis = await connect(t)
  t.equal(await redis.ping(), 'PONG')
  t.equal(await redis.ping(['hello']), 'hello')
  t.equal(await redis.echo('hello'), 'hello')
  await t.rejects(redis.exec(['ECHO']), /ERR .*echo/i)
  t.match(await redis.time(), [Number, Number])
})

test('bitmaps, hyperloglogs and places', async t => {
  const redis = await connect(t)
  t.equal(await redis.setbit('b', 7, 1), 0)
  t.equal(await redis.getbit('b', 7), 1)
  t.equal(await redis.bitcount('b', 0, -1), 1)
  t.equal(await redis.bitpos('b', 1), 7)
  t.equal(await redis.bitop('not', 'n', 'b'), 1)
  t.same(await redis.bitfield('f').set('u8', 0, 255).get('u4', 0).exec(), [0, 15])
  t.equal(await redis.pfadd('p', 'a', 'b', 'c'), 1)
  t.equal(await redis.pfcount('p'), 3)
  t.equal(await redis.pfmerge('q', 'p'), 'OK')
  t.equal(await redis.geoadd('g', { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' }, { longitude: 15.087269, latitude: 37.502669, member: 'Catania' }), 2)
  t.equal(Math.round((await redis.geodist('g', 'Palermo', 'Catania', 'KM'))!), 166)
  t.same(await redis.geohash('g', 'Palermo'), ['sqc8b49rny0'])
  t.equal(Math.round((await redis.geopos('g', 'Palermo'))[0]!.lng), 13)
  t.same((await redis.geosearch('g', { type: 'FROMLONLAT', coordinate: { lon: 15, lat: 37 } }, { type: 'BYRADIUS', radius: 100, radiusType: 'KM' }, 'ASC')).map(({ member }) => member), ['Catania'])
})

test('scripts and functions', async t => {
  const redis = await connect(t)
  t.equal(await redis.eval('return ARGV[1]', [], ['hello']), 'hello')
  t.equal(await redis.evalRo('return redis.call("GET", KEYS[1])', ['none'], []), null)
  const digest = await redis.scriptLoad('return {KEYS[1], ARGV[1]}')
  t.same(await redis.evalsha(digest, ['k'], ['v']), ['k', 'v'])
  t.same(await redis.evalshaRo(digest, ['k'], ['v']), ['k', 'v'])
  t.same(await redis.scriptExists(digest, 'f'.repeat(40)), [1, 0])
  const script = redis.createScript('return tonumber(ARGV[1]) + 1')
  t.equal(await script.exec([], ['1']), 2, 'EVALSHA, then EVAL')
  t.equal(await script.exec([], ['2']), 3)
  t.equal(await redis.scriptFlush({ sync: true }), 'OK')
  t.equal(await redis.functions.load({ code: "#!lua name=mine\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)" }), 'mine')
  t.equal(await redis.functions.call('twice', [], ['4']), 8)
  t.equal(await redis.functions.delete('mine'), 'OK')
})

test('pipelines and transactions', async t => {
  const redis = await connect(t)
  t.same(await redis.pipeline().set('a', 'é').get('a').hset('h', { f: 1 }).hgetall('h').mget('a', 'none').exec(), ['OK', 'é', 1, { f: 1 }, ['é', null]])
  t.same(await redis.multi().set('n', 1).incr('n').get('n').exec(), ['OK', 2, 2])
  t.match(await redis.pipeline().get('a').incr('a').exec({ keepErrors: true }), [{ result: 'é' }, { error: /not an integer/ }])
  await t.rejects(redis.pipeline().get('a').incr('a').exec(), /not an integer/)
  await t.rejects(redis.multi().set('a', 'x').eval('', [], []).zadd('a', { score: NaN, member: 'x' }).exec())
})

test('auto-pipelining puts the commands of a tick into one request', async t => {
  const { url, token, stats } = await startLocal(t)
  const redis = new Redis({ url, token, enableAutoPipelining: true })
  t.same(await Promise.all([redis.set('a', 1), redis.incr('b'), redis.incr('b')]), ['OK', 1, 2])
  t.match(stats(), { roundTrips: 1, commands: 3, billedCommands: 3 })
})

test('errors', async t => {
  const { url, token } = await startLocal(t)
  const redis = new Redis({ url, token, enableAutoPipelining: false })
  await redis.set('a', 'x')
  await t.rejects(redis.lpush('a', 'y'), { name: 'UpstashError', message: /^Command failed: WRONGTYPE|^WRONGTYPE/ })
  await t.rejects(redis.evalsha('f'.repeat(40), [], []), /NOSCRIPT/)
  await t.rejects(new Redis({ url, token: 'wrong', enableAutoPipelining: false }).get('a'), /WRONGPASS invalid or missing auth token/)
})

test('subscribe', async t => {
  const redis = await connect(t)
  const subscriber = redis.subscribe<unknown>(['chat', 'other'])
  await nextSubscriptions(subscriber, 'subscribe', 2)
  const received: unknown[] = []
  const third = new Promise<void>(resolve => {
    subscriber.on('message', ({ channel, message }) => {
      if (received.push([channel, message]) === 3) resolve()
    })
  })
  await redis.publish('chat', 'héllo')
  await redis.publish('chat', { n: 1 })
  await redis.publish('chat', 'last')
  await third
  t.same(received, [['chat', 'héllo'], ['chat', { n: 1 }], ['chat', 'last']])
  await subscriber.unsubscribe()
})

test('psubscribe', async t => {
  const redis = await connect(t)
  const subscriber = redis.psubscribe<string>(['news.*'])
  await nextSubscriptions(subscriber, 'psubscribe', 1)
  const received = new Promise(resolve => subscriber.on('pmessage', resolve))
  await redis.publish('news.art', '"hi"')
  t.same(await received, { pattern: 'news.*', channel: 'news.art', message: 'hi' })
  await subscriber.unsubscribe()
})

function nextSubscriptions (subscriber: ReturnType<Redis['subscribe']>, event: 'subscribe' | 'psubscribe', count: number): Promise<void> {
  return new Promise(resolve => {
    subscriber.on(event, () => { if (--count === 0) resolve() })
  })
}
