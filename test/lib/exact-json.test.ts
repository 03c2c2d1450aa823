import { runInNewContext } from 'node:vm'
import { test } from 'tap'
import { exactJson } from '../../lib/exact-json.ts'

/** Lists within lists. */
function nested (levels: number): unknown {
  let data: unknown = 1
  for (let level = 0; level < levels; level++) data = [data]
  return data
}

test('what JSON holds is its text, and comes back the same', t => {
  const shared = { a: 1 }
  for (const data of [null, 0, '', 'ž', false, [], [[null]], Object.create(null), { toJSON: 1 }, runInNewContext('({ a: [1] })'), [shared, shared, { shared }], nested(200), [nested(199), nested(199)]]) {
    t.same(JSON.parse(String(exactJson(data).json)), data)
  }
  t.same(exactJson({ a: undefined, b: 1 }), { json: '{"b":1}' }, 'what is undefined reads the same when it is gone')
  t.same(exactJson([-0]), { json: '[0]' }, 'the one change')
  t.end()
})

test('what it would change or lose is told by kind, and never by what it holds', t => {
  const cycle: Record<string, unknown> = {}
  cycle['s3cr3t'] = { cycle }
  let reads = 0
  for (const [data, obstacle] of [
    [undefined, /^undefined$/], [[undefined], /^undefined$/], [Boolean, /a function/], [{ a: Symbol('s3cr3t') }, /a symbol/], [1n, /a bigint/],
    [[NaN], /NaN or an infinite number/], [cycle, /a cycle/], [new Date(0), /toJSON/], [new Map(), /an instance of a class/],
    [{ [Symbol('s3cr3t')]: 1 }, /whose name is a symbol/], [new Array(2), /holes/], [Object.assign([1], { s3cr3t: 1 }), /holes or properties/],
    [{ get s3cr3t () { throw new Error('s3cr3t') } }, /a property that throws/],
    [nested(201), /more than 200 levels/], [nested(100_000), /more than/],
    [{ get other () { return reads++ % 2 === 0 ? nested(201) : {} } }, /more than 200 levels/]
  ] as Array<[unknown, RegExp]>) {
    const result = exactJson(data)
    t.equal(result.json, undefined)
    t.match(result.obstacle, obstacle)
    t.notMatch(result.obstacle, 's3cr3t')
  }
  t.end()
})
