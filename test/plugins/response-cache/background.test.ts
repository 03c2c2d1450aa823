import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { eventually } from '../../../contracts/expect.ts'
import { startResponseCache } from '../../response-cache.ts'

test('a request that no run in the background can repeat, since that would ask for something else, waits for its handler', async t => {
  const { app, clock } = await startResponseCache(t)
  let asked: string[] = []
  app.get('*', { config: { cache: { ttl: 10, staleWhileRevalidate: 60 } } }, async ({ url }) => `run ${asked.push(url)}`)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const ask = async (target: string, host: string) => {
    const client = connect(port, '127.0.0.1')
    client.write(`GET ${target} HTTP/1.0\r\n${host}\r\n`)
    return (await text(client)).split('\r\n\r\n')[1]
  }
  for (const [target, isRepeatable, host = 'Host: a.example\r\n'] of [
    ['/1', true], ['/2?', true], ['/3?a=%31&b', true], ['//4', true], ['http://a.example/5?a', true],
    ['/7/%2e%2e/a', false], ['/8/../a', false], ['/9\\a', false], ['/10"', false], ['/11?a="', false], ['/12#a', false], ['/13{a', false], ['/14', false, '']
  ] as const) {
    asked = []
    const before = app.responseCache.stats()
    t.equal(await ask(target, host), 'run 1', target)
    t.equal(await ask(target, host), 'run 1')
    clock.advance(10_000)
    t.equal(await ask(target, host), isRepeatable ? 'run 1' : 'run 2', target)
    await eventually(() => app.responseCache.stats().stored === before.stored + 2, `${target} is made anew`)
    t.equal(await ask(target, host), 'run 2', target)
    const { background, backgroundErrors } = app.responseCache.stats()
    t.same([background - before.background, backgroundErrors], [isRepeatable ? 1 : 0, 0], target)
  }
})
