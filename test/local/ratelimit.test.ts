import { Ratelimit } from '@upstash/ratelimit'
import { Redis } from '@upstash/redis'
import { test, type Test } from 'tap'
import { startLocal } from '../local.ts'

async function connect (t: Test): Promise<Redis> {
  const { url, token } = await startLocal(t)
  return new Redis({ url, token })
}

/** Windows of an hour: none ends within a test, whatever the machine does. */
const algorithms = {
  'fixed window': Ratelimit.fixedWindow(3, '1 h'),
  'sliding window': Ratelimit.slidingWindow(3, '1 h'),
  'token bucket': Ratelimit.tokenBucket(3, '1 h', 3)
}

for (const [name, limiter] of Object.entries(algorithms)) {
  test(`@upstash/ratelimit, ${name}: three pass, the fourth does not, others are not concerned`, async t => {
    const ratelimit = new Ratelimit({ redis: await connect(t), limiter, ephemeralCache: false, prefix: name.replace(' ', '-') })
    const outcomes = []
    for (let i = 0; i < 5; i++) outcomes.push(await ratelimit.limit('me'))
    t.same(outcomes.map(({ success }) => success), [true, true, true, false, false])
    t.same(outcomes.slice(0, 3).map(({ remaining }) => remaining), [2, 1, 0])
    t.equal((await ratelimit.limit('you')).success, true)
    t.equal((await ratelimit.getRemaining('you')).remaining, 2)
    await ratelimit.resetUsedTokens('me')
    t.equal((await ratelimit.limit('me')).success, true)
  })
}

test('@upstash/ratelimit: requests at once do not slip through together', async t => {
  const ratelimit = new Ratelimit({ redis: await connect(t), limiter: Ratelimit.fixedWindow(10, '1 h'), ephemeralCache: false })
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => ratelimit.limit('me')))
  t.equal(outcomes.filter(({ success }) => success).length, 10)
})

/** The command counts of the tables in the documentation of Upstash's rate-limit SDK, page "Costs", for calls that no cache answers. */
const documented = {
  'fixed window': { first: 3, intermediate: 2, limited: 2 },
  'sliding window': { first: 5, intermediate: 4, limited: 3 },
  'token bucket': { first: 4, intermediate: 4, limited: 2 }
}

for (const [name, limiter] of Object.entries(algorithms)) {
  test(`@upstash/ratelimit, ${name}: the meter agrees with the documented costs`, async t => {
    const { url, token, stats, resetStats } = await startLocal(t)
    const ratelimit = new Ratelimit({ redis: new Redis({ url, token }), limiter, ephemeralCache: false })
    await ratelimit.limit('somebody else')   // loads the script
    const costs = []
    for (let i = 0; i < 4; i++) {
      resetStats()
      await ratelimit.limit('me')
      costs.push(stats().billedCommands)
    }
    const { first, intermediate, limited } = documented[name as keyof typeof documented]
    t.same(costs, [first, intermediate, intermediate, limited])
  })
}
