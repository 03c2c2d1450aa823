import { test } from 'tap'
import { cacheContract } from '../../../contracts/index.ts'
import { startCache, startNullCache } from '../../cache.ts'

test('the cache in Upstash keeps the contract', async t => {
  const { cache } = await startCache(t)
  for (const { name, run } of cacheContract({ create: async () => ({ cache }) })) await t.test(name, run)
})

test('the null cache keeps the contract', async t => {
  const { cache } = await startNullCache(t)
  for (const { name, run } of cacheContract({ create: async () => ({ cache }) })) await t.test(name, run)
})

for (const options of [{ memory: false }, { staleness: 0 }, { fence: true, compressOver: 1, lock: true }] as const) {
  test(`so does one with ${JSON.stringify(options)} as the root's options`, async t => {
    const { cache } = await startCache(t, { cache: options })
    for (const { name, run } of cacheContract({ create: async () => ({ cache }) })) await t.test(name, run)
  })
}
