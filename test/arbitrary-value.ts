import fc from 'fast-check'
import { BYTES, type Graph, type Spec } from './graph.ts'

/** Names that mean something elsewhere. */
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'then', 'length', '0', '-1', '', 'a', 'b', '🙂', '\ud800']

/** Any UTF-16 code units, halves of characters among them. */
const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map(codes => String.fromCharCode(...codes))
const text = fc.oneof(fc.string({ unit: 'grapheme' }), units, fc.constantFrom('', '6175551212', 'true', 'null', ' \u2028\u0000', '-0', '["Date",1]'))
const name = fc.oneof(fc.constantFrom(...NAMES), text)
const json = fc.oneof(fc.constantFrom<unknown>(null, true, false, 0, 1, -1, Number.MAX_SAFE_INTEGER), fc.double({ noDefaultInfinity: true, noNaN: true }).map(number => number + 0), text)
const NOT_JSON = [undefined, NaN, Infinity, -Infinity, -0]
const notJson = fc.oneof(fc.constantFrom<unknown>(...NOT_JSON), fc.bigInt())
const value = (of: fc.Arbitrary<unknown>): fc.Arbitrary<Spec> => of.map(of => ({ is: 'value', of }))

const leaf: fc.Arbitrary<Spec> = fc.oneof(
  value(json),
  value(notJson),
  fc.date({ noInvalidDate: false }).map((date): Spec => ({ is: 'date', ms: date.getTime() })),
  fc.constantFrom<Spec>({ is: 'regexp', source: 'a"b', flags: 'gi' }, { is: 'regexp', source: '\\/\\n', flags: '' }, { is: 'url', href: 'https://example.com/?a=b#c' }),
  fc.record({ is: fc.constant('bytes'), as: fc.constantFrom(...Object.keys(BYTES) as Array<keyof typeof BYTES>), of: fc.array(fc.nat(255), { maxLength: 3 }).map(bytes => bytes.flatMap(byte => Array<number>(8).fill(byte))) })
)

/** A tree of what JSON has, with any names; not `toJSON`, for which it is kept as other types are, and those not beside `__proto__`. */
const { tree: jsonTree } = fc.letrec<{ tree: Spec }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    value(json),
    fc.record({ is: fc.constant('array'), items: fc.array(tie('tree'), { maxLength: 4 }) }),
    fc.record({ is: fc.constant('object'), entries: entriesOf(name.filter(name => name !== 'toJSON'), tie('tree')) })
  )
}))

/** A tree of everything; without `__proto__`, which is refused beside other types than JSON's. */
const { tree: anyTree } = fc.letrec<{ tree: Spec }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({ is: fc.constant('array'), items: fc.array(fc.oneof(tie('tree'), fc.constant<Spec>({ is: 'hole' })), { maxLength: 4 }) }),
    fc.record({ is: fc.constant('set'), items: fc.array(tie('tree'), { maxLength: 4 }) }),
    fc.record({ is: fc.constantFrom('object', 'bare object'), entries: entriesOf(name.filter(name => name !== '__proto__'), tie('tree')) }),
    fc.record({ is: fc.constant('map'), entries: fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 3 }) })
  )
}))

function entriesOf (name: fc.Arbitrary<string>, tree: fc.Arbitrary<Spec>): fc.Arbitrary<Array<[string, Spec]>> {
  return fc.uniqueArray(fc.tuple(name, tree), { maxLength: 4, selector: ([name]) => name })
}

/** A value that is kept, which undefined is not. */
export const arbitraryValue: fc.Arbitrary<Graph> = fc.oneof(
  jsonTree.map(root => ({ root, links: [] })),
  fc.record({ root: anyTree, links: fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 4 }) })
).filter(({ root }) => root.is !== 'hole' && (root.is !== 'value' || root.of !== undefined))

/** What is drawn too seldom among nothing but JSON, where it is overlooked most easily. */
export const amongJson: Graph[] = [...NOT_JSON.map((of): Spec => ({ is: 'value', of })), { is: 'hole' } as const].map(odd => {
  return { root: { is: 'array', items: [odd, { is: 'value', of: 'text' }] }, links: [] }
})
