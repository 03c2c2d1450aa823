import { test } from 'tap'
import { contractCases } from '../../contracts/contract-case.ts'
import { eventually, inTime } from '../../contracts/expect.ts'

const broken = new Error('the promise is broken')
const stuck = new Error('the close fails')

/** Runs one case, and answers what it gave to its check and what came of it. */
async function runOne (check: () => Promise<void>, close?: () => Promise<void>): Promise<unknown[]> {
  const calls: unknown[] = []
  const cases = [{ name: 'a case', check: async (subject: string) => { calls.push(subject); await check() } }]
  const [only] = contractCases({ cases, create: async () => ({ subject: 'subject', close: close && (async () => { calls.push('closed'); await close() }) }) })
  return [only!.name, ...await only!.run().then(() => [...calls, 'kept'], error => [...calls, error])]
}

const holds = async () => {}
const fails = async () => { throw broken }

test('each case has a subject of its own, which is closed once, whether the case holds or not', async t => {
  t.same(await runOne(holds, holds), ['a case', 'subject', 'closed', 'kept'])
  t.same(await runOne(fails, holds), ['a case', 'subject', 'closed', broken])
  t.same(await runOne(holds), ['a case', 'subject', 'kept'], 'where there is a close')
  t.same(await runOne(fails), ['a case', 'subject', broken])
})

test('a close that fails breaks the case, but hides no failure of it', async t => {
  const closeFails = async () => { throw stuck }
  t.equal((await runOne(holds, closeFails)).at(-1), stuck)
  t.equal((await runOne(fails, closeFails)).at(-1), broken)
})

test('what is waited for comes, fails, or is given up when patience ends', async t => {
  t.equal(await inTime(Promise.resolve(5), 'an answer'), 5)
  await t.rejects(inTime(Promise.reject(broken), 'an answer'), broken)
  await t.rejects(inTime(new Promise(() => {}), 'an answer', 1), { code: 'ERR_ASSERTION', message: 'an answer did not come within 1 ms' })
  let asked = 0
  await eventually(() => ++asked === 3, 'a third question')
  await t.rejects(eventually(async () => false, 'a miracle', 1), { code: 'ERR_ASSERTION', message: 'a miracle' })
})
