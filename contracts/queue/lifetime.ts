import assert from 'node:assert/strict'
import type { AddOptions } from '../../plugins/queue-stub/index.ts'
import { checkRefused } from './checks.ts'
import { MAX_BYTES, type QueueCases } from './subject.ts'

/** From the first job to the close. */
export const lifetime: QueueCases = {
  async 'what was taken and refused is counted, whatever the names' (subject) {
    const { queue, takes } = subject
    await queue.add('job', {})
    const unfit = { unknown: 1 } as AddOptions
    for (const name of ['job', '__proto__', 'constructor']) await queue.add(name, {}, unfit)
    await queue.add('job', 'x'.repeat(MAX_BYTES))
    const { accepted, rejected, reasons } = queue.stats()
    assert.equal(accepted, takes ? 1 : 0)
    assert.deepEqual(Object.entries(rejected).sort(), [['__proto__', 1], ['constructor', 1], ['job', takes ? 2 : 3]])
    assert.deepEqual(reasons, { disabled: takes ? 0 : 1, unsupported_option: 3, too_large: 1, unavailable: 0 })
    for (let n = 0; n < 200; n++) await queue.add(`made-up-${n}`, {}, unfit)
    assert.equal(queue.stats().rejected['*'], 103)
  },

  async 'once closed it takes nothing, and says so' ({ queue, takes, close }) {
    await close()
    checkRefused(await queue.add('job', {}), takes ? 'unavailable' : 'disabled')
  }
}
