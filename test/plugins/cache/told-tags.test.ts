import { test } from 'tap'
import { Deferred } from '../../../contracts/expect.ts'
import { startCache } from '../../cache.ts'

test('after an invalidation of a tag, no call of this process joins a load from before, whose loader tells that tag', async t => {
  const { cache } = await startCache(t)
  for (const key of ['the first to tell tags', 'another']) {
    const [started, held] = [new Deferred<void>(), new Deferred<string>()]
    const load = (answer: () => string | Promise<string>) => cache.getOrSet(key, ({ setTags }) => { setTags(['tag']); return answer() })
    const first = load(() => { started.resolve(); return held.promise })
    await started.promise
    t.equal(await cache.invalidateTags('tag'), true)
    const later = load(() => 'newer')
    held.resolve('outdated')
    t.equal(await first, 'outdated', 'who asked before is answered')
    t.equal(await later, 'newer')
  }
})
