import { test } from 'tap'
import { get, replies, route, startResponseCache, statusOf } from '../../response-cache.ts'

const POLICY = { ttl: 60 }

test('a hit has the reply\'s own Date, an Age, and no field of an old connection', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({
    connection: 'close, X-Hop', 'x-hop': '1', 'keep-alive': 'timeout=5', te: 'trailers', upgrade: 'h2c', 'proxy-authenticate': 'Basic', 'x-end': '2', 'x-list': ['a', 'b']
  }))
  const first = await get(app)
  clock.advance(5_500)
  const second = await get(app)
  t.match(second.headers, { date: String(first.headers['date']), age: '5', 'x-end': '2', 'x-list': ['a', 'b'], 'content-length': '5', 'content-type': 'text/plain; charset=utf-8' })
  t.same(Object.keys(second.headers).filter(name => /hop|^te$|upgrade|proxy|keep-alive/.test(name)), [])
  t.equal(statusOf(second), 'hit; ttl=55')
  t.equal(origin.asked.length, 1)
})

test('Age begins with the age that a reply has when it comes: by its Age or its Date, and the time that the handler took', async t => {
  const { app, clock } = await startResponseCache(t)
  const date = (ms: number) => new Date(clock.now() - ms).toUTCString()
  const cases = [
    [{ age: '7' }, 0, '7'], [{ age: '7, 9' }, 0, '7'], [{ age: 'old' }, 0, '0'], [{ date: date(9_000) }, 0, '9'], [{ date: date(9_000), age: '30' }, 2_000, '32'],
    [{ date: 'Sunday, 06-Nov-94 08:49:37 GMT' }, 0, undefined], [{ date: date(-9_000) }, 0, '0'], [{ date: 'yesterday' }, 3_000, '3']
  ] as const
  const origin = route(app, POLICY, () => '')
  for (const [index, [fields, took, age]] of cases.entries()) {
    origin.answer = (_request, reply) => { clock.advance(took); return reply.headers(fields).send('body') }
    await get(app, {}, { url: `/r?${index}` })
    t.equal((await get(app, {}, { url: `/r?${index}` })).headers['age'], age === '0' ? '0' : age, JSON.stringify(fields))
  }
})

test('an explicit lifetime is counted from the reply\'s Date, in each of the three formats of dates', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, true, () => '')
  for (const [index, [fields, ttl]] of ([
    [{ date: 'Thu, 05 Nov 2099 08:49:37 GMT', expires: 'Thu, 05 Nov 2099 08:50:37 GMT' }, 60],
    [{ date: 'thu, 05 NOV 2099 08:49:37 gmt', expires: 'THU, 05 nov 2099 08:50:37 Gmt' }, 60],
    [{ date: 'Thu Nov  5 08:49:37 2099', expires: 'Thu Nov  5 08:49:47 2099' }, 10],
    [{ date: 'Tuesday, 05-Nov-30 08:49:37 GMT', expires: 'Tuesday, 05-Nov-30 08:49:57 GMT' }, 20],
    [{ date: 'Thu, 05 Nov 2099 08:49:37 GMT', expires: 'Thu, 05 Foo 2099 08:50:37 GMT' }, undefined],
    [{ date: 'Thu, 05 Nov 2099 08:49:37 GMT', expires: 'Thu, 05 Nov 2099 25:50:37 GMT' }, undefined],
    [{ expires: 'Saturday, 05-Nov-94 08:49:37 GMT' }, undefined]
  ] as const).entries()) {
    origin.answer = replies(fields)
    t.equal(statusOf(await get(app, {}, { url: `/r?${index}` })), ttl === undefined ? 'fwd=uri-miss' : `fwd=uri-miss; ttl=${ttl}; stored`, JSON.stringify(fields))
  }
})

test('a stored reply of another status than 200 meets no condition', async t => {
  const { app } = await startResponseCache(t)
  route(app, POLICY, replies({ etag: '"a"', 'cache-control': 'max-age=60' }, { status: 404 }))
  for (const status of [/stored/, /; hit/]) t.match(await get(app, { 'if-none-match': '"a"' }), { statusCode: 404, headers: { 'cache-status': status } })
})

test('conditional requests are answered from the store', async t => {
  const { app } = await startResponseCache(t)
  const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const origin = route(app, POLICY, replies({ etag: 'W/"a,b"', 'last-modified': modified, 'content-language': 'en', vary: 'accept' }))
  await get(app)
  const cases: ReadonlyArray<[headers: Record<string, string>, status: number]> = [
    [{ 'if-none-match': 'W/"a,b"' }, 304], [{ 'if-none-match': '"a,b"' }, 304], [{ 'if-none-match': '"x", W/"a,b"' }, 304], [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"a' }, 200], [{ 'if-none-match': '"x"' }, 200], [{ 'if-none-match': '"x"', 'if-modified-since': modified }, 200],
    [{ 'if-modified-since': modified }, 304], [{ 'if-modified-since': 'Mon, 07 Nov 1994 08:49:37 GMT' }, 304], [{ 'if-modified-since': 'Sat, 05 Nov 1994 08:49:37 GMT' }, 200], [{ 'if-modified-since': 'now' }, 200]
  ]
  for (const [headers, status] of cases) {
    for (const method of ['GET', 'HEAD'] as const) {
      const reply = await get(app, headers, { method })
      t.equal(reply.statusCode, status, `${method} ${JSON.stringify(headers)}`)
      t.match(reply.headers, { etag: 'W/"a,b"', vary: 'accept', age: '0' })
      t.equal(reply.body, status === 304 || method === 'HEAD' ? '' : 'run 1')
      t.equal(reply.headers['content-length'], status === 304 ? undefined : '5')
      t.equal(reply.headers['content-language'], status === 304 ? undefined : 'en')
    }
  }
  t.equal(origin.asked.length, 1)
})

test('a field that a handler gives as a number is compared as what is sent', async t => {
  const { app } = await startResponseCache(t)
  app.get('/r', { config: { cache: POLICY } }, async (_request, reply) => await reply.header('etag', 5).send('text'))
  for (const status of [/stored/, /; hit/]) t.match(await get(app, { 'if-none-match': '5' }), { statusCode: 200, headers: { etag: '5', 'cache-status': status } }, 'no entity-tag')
})

test('a condition of the client does not keep the whole reply from being stored', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, (request, reply) => {
    reply.header('etag', '"a"')
    return request.headers['if-none-match'] === undefined && request.headers.range === undefined ? 'whole' : reply.code(304).send()
  })
  t.match(await get(app, { 'if-none-match': '"a"' }), { statusCode: 304, body: '' })
  t.match(await get(app), { statusCode: 200, body: 'whole' })
  t.match(await get(app, { range: 'bytes=0-1' }, { url: '/r?range' }), { statusCode: 206, body: 'wh' })
  t.match(await get(app, {}, { url: '/r?range' }), { statusCode: 200, body: 'whole' })
  t.equal(origin.asked.length, 2)
  origin.answer = (_request, reply) => reply.headers({ etag: '"b"', 'cache-control': 'no-store' }).send('whole')
  t.match(await get(app, { 'if-none-match': '"b"' }, { url: '/r?b' }), { statusCode: 304, body: '' }, 'also where it is not stored')
  t.match(await get(app, { range: 'bytes=2-' }, { url: '/r?c' }), { statusCode: 206, body: 'ole' })
})

test('a range is answered from a stored whole reply', async t => {
  const { app } = await startResponseCache(t)
  const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'
  route(app, POLICY, replies({ etag: '"a"', 'last-modified': modified }, { body: '0123456789' }))
  await get(app)
  const cases: ReadonlyArray<[range: string, status: number, body: string, contentRange?: string]> = [
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'], ['bytes=8-', 206, '89', 'bytes 8-9/10'], ['bytes=-3', 206, '789', 'bytes 7-9/10'], ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-500', 206, '56789', 'bytes 5-9/10'], ['bytes=10-', 416, '', 'bytes */10'], ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=0-1,4-5', 200, '0123456789'], ['bytes=4-2', 200, '0123456789'], ['lines=1-2', 200, '0123456789'], ['bytes=-', 200, '0123456789']
  ]
  for (const [range, status, body, contentRange] of cases) {
    const reply = await get(app, { range })
    t.match(reply, { statusCode: status, body }, range)
    t.equal(reply.headers['content-range'], contentRange)
    t.equal(reply.headers['content-length'], String(body.length))
    t.equal(statusOf(reply), 'hit; ttl=60')
  }
  for (const [ifRange, status] of [['"a"', 206], ['"b"', 200], ['W/"a"', 200], [modified, 206], ['Mon, 07 Nov 1994 08:49:37 GMT', 200]] as const) {
    t.equal((await get(app, { range: 'bytes=0-0', 'if-range': ifRange })).statusCode, status, ifRange)
  }
  t.equal((await get(app, { range: 'bytes=0-0' }, { method: 'HEAD' })).statusCode, 200, 'a range is for GET')
})

test('HEAD is answered by what is stored for GET', async t => {
  const { app } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ etag: '"a"' }))
  await get(app)
  const reply = await get(app, {}, { method: 'HEAD' })
  t.match(reply.headers, { etag: '"a"', 'content-length': '5', age: '0' })
  t.equal(statusOf(reply), 'hit; ttl=60')
  t.equal(reply.body, '')
  t.equal(origin.asked.length, 1)
})

test('a request says what it accepts: no-cache, max-age, min-fresh, max-stale, only-if-cached, Pragma', async t => {
  const { app, clock } = await startResponseCache(t)
  const origin = route(app, POLICY, replies({ etag: '"a"' }, { body: 'body' }))
  const ask = async (control: string) => statusOf(await get(app, { 'cache-control': control }))
  t.equal((await get(app, { 'cache-control': 'only-if-cached' })).statusCode, 504)
  t.equal(await ask('only-if-cached'), 'detail=only-if-cached')
  t.equal(origin.asked.length, 0)
  await get(app)
  clock.advance(20_000)
  t.equal(await ask('max-age=20'), 'fwd=request; ttl=60; stored')
  clock.advance(20_000)
  t.equal(await ask('max-age=21'), 'hit; ttl=40')
  t.equal(await ask('min-fresh=39'), 'hit; ttl=40')
  t.equal(await ask('only-if-cached, min-fresh=39'), 'hit; ttl=40')
  t.equal(await ask('min-fresh=41'), 'fwd=request; ttl=60; stored')
  t.equal(await ask('no-cache'), 'fwd=request; ttl=60; stored')
  t.equal(statusOf(await get(app, { pragma: 'no-cache' })), 'fwd=request; ttl=60; stored')
  t.equal(statusOf(await get(app, { pragma: 'no-cache', 'cache-control': 'max-age=60' })), 'hit; ttl=60')
  t.equal(await ask('no-store'), 'hit; ttl=60', 'what is there may be sent')
  clock.advance(70_000)
  t.equal(await ask('max-stale=9'), 'fwd=stale; ttl=60; stored')
  clock.advance(70_000)
  t.equal(await ask('max-stale=11'), 'hit; ttl=-11')
  t.equal(await ask('max-stale, only-if-cached'), 'hit; ttl=-11')
  t.equal(await ask('max-stale, max-age=69'), 'fwd=stale; ttl=60; stored')
})
