import { once } from 'node:events'
import { createServer, type OutgoingHttpHeaders } from 'node:http'
import { test, type Test } from 'tap'
import type { Command } from '../../../plugins/upstash-client/index.ts'
import { startClient } from '../../client.ts'

interface Scripted { status?: number, headers?: OutgoingHttpHeaders, body: string }

/** A client of an endpoint that answers everything with one reply, which need not be Upstash's. */
async function answeredBy (t: Test, { status = 200, headers = { 'content-type': 'application/json' }, body }: Scripted) {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => { server.closeAllConnections(); server.close() })
  const { port } = server.address() as { port: number }
  return (await startClient(t, { url: `http://127.0.0.1:${port}`, token: 'token' })).client
}

const GET: Command = ['GET', 'key']

test('what is no Upstash reply is told as such, with status and type and none of its body', async t => {
  const bodies = [
    '', 'null', '[]', '"OK"', '{}', '{"result":{"a":1}}', '{"result":true}', '{"result":"no base64!"}', '{"result":["b2s=","no base64!"]}', '{"result":"a"}',
    '{"result":1e999}', '{"result":[-1e999]}',
    '{"resu', '<html>s3cr3t</html>'
  ]
  for (const body of bodies) {
    const client = await answeredBy(t, { body })
    await t.rejects(client.send(GET), {
      code: 'FST_UPSTASH_BAD_REPLY', message: 'GET (1 key): no Upstash reply (status 200, application/json); check the URL and what stands in between'
    }, body)
  }
  for (const [status, headers] of [[302, { location: 'https://elsewhere.example/' }], [404, {}], [204, {}], [502, {}]] as const) {
    const client = await answeredBy(t, { status, headers, body: status === 204 ? '' : 'not found' })
    await t.rejects(client.send(GET), { code: 'FST_UPSTASH_BAD_REPLY', message: new RegExp(`status ${status}, no content type`) })
  }
})

test('a batch’s reply has as many outcomes as the batch commands', async t => {
  for (const body of ['[{"result":1}]', '[{"result":1},{"result":2},{"result":3}]', '[1,2]', '[{"result":1},{}]', '{"result":[1,2]}', 'null']) {
    const client = await answeredBy(t, { body })
    await t.rejects(client.batch([GET, GET]), { code: 'FST_UPSTASH_BAD_REPLY', message: /^batch of 2 commands/ }, body)
  }
  const client = await answeredBy(t, { status: 400, body: '{"error":"ERR not so"}' })
  await t.rejects(client.batch([GET, GET]), { code: 'FST_UPSTASH_COMMAND', redisCode: 'ERR' }, 'one error for all')
  t.equal(client.state, 'connected', 'it did answer')
})

test('a refusal of the request is an answer: it is the caller’s, and opens no breaker', async t => {
  for (const status of [400, 404, 405, 413]) {
    const client = await answeredBy(t, { status, body: '{"error":"ERR max request size exceeded"}' })
    for (let n = 0; n < 6; n++) await t.rejects(client.send(GET), { code: 'FST_UPSTASH_COMMAND' }, String(status))
    t.equal(client.state, 'connected')
  }
})

test('OK is plain or base64, at any depth, and lists may hold lists', async t => {
  const client = await answeredBy(t, { body: '{"result":["OK","T0s=",["b2s=",null,1.5],[]]}' })
  t.strictSame(await client.send(GET), ['OK', 'OK', ['ok', null, 1.5], []])
})

test('the texts that Upstash has no status for are told apart', async t => {
  const code = async (scripted: Scripted, command: Command[] = [GET]) => {
    const client = await answeredBy(t, scripted)
    return await client.batch(command).then(() => 'none', error => error.code)
  }
  const quota = 'ERR max requests limit exceeded. Limit: 500000, Usage: 500001.'
  t.equal(await code({ body: JSON.stringify([{ result: 1 }, { error: quota }]) }, [GET, GET]), 'FST_UPSTASH_OVER_QUOTA')
  t.equal(await code({ status: 400, body: JSON.stringify({ error: quota }) }), 'FST_UPSTASH_OVER_QUOTA')
  t.equal(await code({ status: 400, body: '{"error":"WRONGPASS invalid or missing auth token"}' }), 'FST_UPSTASH_UNAUTHORIZED')
  t.equal(await code({ status: 403, body: '' }), 'FST_UPSTASH_UNAUTHORIZED')
  t.equal(await code({ status: 503, body: '{"error":"unavailable"}' }), 'FST_UPSTASH_SERVER')
})

test('Retry-After is read as seconds or as a date, for an hour at most', async t => {
  const retryAfter = async (header: string | undefined) => {
    const client = await answeredBy(t, { status: 429, headers: header === undefined ? {} : { 'retry-after': header }, body: '' })
    return await client.send(GET).catch(error => error.retryAfter as number | undefined)
  }
  t.equal(await retryAfter('7'), 7)
  t.equal(await retryAfter('86400'), 3600)
  t.equal(await retryAfter(new Date(Date.now() + 86_400_000).toUTCString()), 3600)
  t.equal(await retryAfter(new Date(0).toUTCString()), 0)
  t.equal(await retryAfter('soon'), undefined)
  t.equal(await retryAfter(undefined), undefined)
})

test('an error of Redis without a code of its own counts as ERR', async t => {
  const client = await answeredBy(t, { body: '{"error":"something odd"}' })
  await t.rejects(client.send(GET), { redisCode: 'ERR', reply: 'something odd', message: 'GET (1 key): Redis answered ERR' })
})

test('a first word longer than a code of Redis is in no message', async t => {
  const client = await answeredBy(t, { body: `{"error":"${'X'.repeat(400)}"}` })
  await t.rejects(client.send(GET), { redisCode: 'ERR', message: 'GET (1 key): Redis answered ERR' })
})
