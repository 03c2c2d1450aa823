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
