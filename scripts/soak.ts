import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLocalUpstash } from '../local/index.ts'
import { CacheModel } from '../test/cache-model.ts'
import { rowsOf } from '../test/cache-rows.ts'
import { Random } from '../test/random.ts'
import { realClock } from '../test/test-clock.ts'
import { KEYS } from './soak/bounds.ts'
import { Soaked } from './soak/soaked.ts'
import { complaints, table } from './soak/verdict.ts'
import { weather } from './soak/weather.ts'

// Two processes cache the rows of this one for a long time, in all ways and in bad weather. At the end no read was later than
// promised, nothing failed, and memory is flat: or the last line says what, and the exit code too.

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: String(randomInt(2 ** 31)) } } })
const duration = Number(values.minutes) * 60_000
const seed = Number(values.seed)
if (!(duration > 0) || !Number.isInteger(seed)) throw new Error('give --minutes a number above 0, and --seed a whole one')
console.log(`soaking for ${values.minutes} minutes with --seed ${seed}`)

const random = new Random(seed)
const model = new CacheModel(rowsOf(KEYS))
const local = await startLocalUpstash({ random: random.number })
const sampleEvery = Math.max(500, duration / 100)
const soaked = Object.entries({ A: 0, B: 1 }).map(([name, staleness], index) => {
  return new Soaked(model, { name, seed: seed + index + 1, url: local.url, token: local.token, staleness, sampleEvery })
})
process.on('exit', () => soaked.forEach(one => one.kill()))
process.once('SIGINT', () => process.exit(130))

const over = new AbortController()
const judging = setInterval(() => {
  soaked.forEach(one => one.judge())
  model.forget(realClock.elapsed() - 60_000)
}, 1_000)
const blowing = weather(local, random, over.signal)
await Promise.race([setTimeout(duration), ...soaked.map(one => one.ended())])
over.abort()
const faults = await blowing
await Promise.all(soaked.map(one => one.stop()))
clearInterval(judging)
soaked.forEach(one => one.judge(Infinity))
await local.close()

console.log(`\n${table(soaked)}\n`)
const total = [...faults.values()].reduce((sum, times) => sum + times, 0)
console.log(`${total} faults: ${[...faults].map(([kind, times]) => `${kind} ${times}`).join(', ')}`)
console.log(`${model.reads} reads judged: ${model.problems.length} stale, ${model.late} late as promised`)
const found = complaints(soaked, model, total)
console.log(found.length === 0 ? 'soak passed' : `soak FAILED (--seed ${seed}): ${found.join('; ')}`)
process.exitCode = found.length === 0 ? 0 : 1
