import { test } from 'tap'
import { startClient } from '../../client.ts'
import { startLocal } from '../../local.ts'

test('a value comes back exactly as it was stored', async t => {
  const { client } = await startClient(t, await startLocal(t))
  for (const value of ['6175551212', 'true', 'null', '{"a":1}', 'OK', '', 'a,b\nc', 'grüße 👋', '"quoted"']) {
    t.equal(await client.send(['SET', 'key', value]), 'OK')
    t.equal(await client.send(['GET', 'key']), value)
  }
  await client.send(['RPUSH', 'list', 'OK', 1, 'x'])
  t.strictSame(await client.send(['LRANGE', 'list', 0, -1]), ['OK', '1', 'x'])
  t.equal(await client.send(['GET', 'missing']), null)
  t.equal(await client.send(['INCRBY', 'count', 41]), 41)
})
