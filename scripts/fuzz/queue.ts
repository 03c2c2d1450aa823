import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import type { AddOptions, JobData } from '../../plugins/queue-stub/index.ts'
import { startQueue } from '../../test/plugins/queue-stub/start-queue.ts'
import { arbitraryMade, made, type Made } from './hostile-value.ts'
import { scoped } from './scope.ts'
import { target } from './target.ts'

const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom<unknown>('job', 'a.b:c/d-e', '__proto__', 'constructor', 'x'.repeat(128)) }, { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constantFrom<unknown>('', 'x'.repeat(129), null, 5, ['job'])) })
const OPTION = ['jobId', 'delay', 'attempts', 'backoff', 'priority', 'other']
const RIGHT: Record<string, unknown> = { jobId: 'id', delay: 0, attempts: 1, backoff: { type: 'fixed', delay: 5 }, priority: 0 }
const options = fc.oneof(
  { weight: 3, arbitrary: fc.constant(made('undefined', () => undefined)) },
  { weight: 3, arbitrary: fc.subarray(Object.keys(RIGHT)).map(names => made(names.join(), () => Object.fromEntries(names.map(name => [name, RIGHT[name]])))) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...OPTION), arbitraryMade).map(([option, { name, make }]) => made(`{ ${option}: ${name} }`, () => ({ [option]: make() }))) },
  { weight: 1, arbitrary: arbitraryMade }
)

/** A job is refused as the caller's mistake, with a code, or what is run or handed on is exactly what was given. */
export const queue = target('queue', fc.record({ name, data: arbitraryMade, options, inline: fc.boolean() }), async () => {
  return async ({ name, data, options, inline }) => await scoped(async owner => {
    const got: unknown[] = []
    const { queue, log } = await startQueue(owner, { ...(inline ? { fallback: 'inline' } : {}), onRejected: job => { got.push(job.data) } })
    if (inline && typeof name === 'string') await Promise.resolve().then(() => queue.process(name, job => { got.push(job.data) })).catch(assertMistake)
    const result = await Promise.resolve().then(async () => await queue.add(name as string, data.make() as JobData, options.make() as AddOptions)).catch(assertMistake)
    if (result !== undefined) {
      assert.equal(typeof result.jobId, 'string')
      while (got.length === 0) await turn()
      assertExact(got[0], data)
    }
    assert.ok(!JSON.stringify(log.lines).includes('s3cr3t'), 'the log repeats what was thrown')
    const { accepted, reasons } = queue.stats()
    assert.equal(accepted + Object.values(reasons).reduce((sum, count) => sum + count, 0), result === undefined ? 0 : 1)
  })
})

function assertMistake (error: unknown): undefined {
  const { code, message } = error as { code?: unknown, message?: unknown }
  if (!/^FST_QUEUE_INVALID_/.test(String(code))) throw error
  assert.ok(!String(message).includes('s3cr3t') && String(message).length < 300, 'the message repeats what was given')
}

/** By another way than the plugin's: a copy that cannot be told from what JSON holds of it, -0 and undefined properties aside. */
function assertExact (found: unknown, { make, name }: Made): void {
  const given = make()
  const text = JSON.stringify(given)
  assert.equal(JSON.stringify(found), text, `${name.slice(0, 100)} is changed`)
  assert.ok(looksAlike(given, found), `${name.slice(0, 100)} was taken, and JSON does not hold it`)
}

function looksAlike (given: unknown, found: unknown): boolean {
  if (typeof given !== 'object' || given === null) return given === found
  if (typeof found !== 'object' || found === null || Array.isArray(given) !== Array.isArray(found)) return false
  if (!Array.isArray(given) && ![Object.prototype, null].includes(Object.getPrototypeOf(given))) return false
  const names = Object.keys(given).filter(name => Reflect.get(given, name) !== undefined)
  return names.length === Object.keys(found).length && names.every(name => Object.hasOwn(found, name) && looksAlike(Reflect.get(given, name), Reflect.get(found, name)))
}
