import fc from 'fast-check'

/** What throws, or is another one each time, when it is read. */
const HOSTILE: Record<string, () => unknown> = {
  'a revoked proxy': () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy },
  'a revoked proxy of a list': () => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy },
  'a proxy that throws': () => new Proxy({ a: 1 }, { get: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail }),
  'a proxy of a list that throws': () => new Proxy([1], { get: fail }),
  'a getter that throws': () => Object.defineProperty({}, 'a', { get: fail, enumerable: true }),
  'a toJSON that throws': () => ({ toJSON: fail }),
  'a toJSON that is something else': () => ({ toJSON: () => ({ a: 1 }) }),
  'a toString that throws': () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  'a thenable': () => ({ then: fail }),
  'a cycle': () => { const cycle: unknown[] = []; cycle.push(cycle); return cycle },
  'lists in lists': () => { let list: unknown[] = []; for (let level = 0; level < 10_000; level++) list = [list]; return list },
  'an endless proxy': () => endless(),
  'a class': () => class {},
  'a symbol': () => Symbol('a'),
  'a long text': () => 'x'.repeat(300_000),
  'a long list with nothing in it': () => { const list: unknown[] = []; list.length = 2 ** 32 - 1; return list },
  'a list with a property': () => Object.assign([1], { a: 1 }),
  'a property __proto__': () => JSON.parse('{"__proto__":{"admin":true}}') as unknown
}

/** A value that is made anew for each use, by the name under which it is told. */
export interface Made { readonly name: string, readonly make: () => unknown, readonly [fc.toStringMethod]: () => string }

/** Anything, within things too. */
export const arbitraryMade: fc.Arbitrary<Made> = fc.oneof(
  { weight: 2, arbitrary: fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withSparseArray: true, withTypedArray: true, withNullPrototype: true, withObjectString: true, withUnicodeString: true }).map(value => made(fc.stringify(value), () => value)) },
  { weight: 2, arbitrary: fc.jsonValue().map(value => made(JSON.stringify(value), () => value)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.entries(HOSTILE)).map(([name, make]) => made(name, make)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.entries(HOSTILE)).map(([name, make]) => made(`{ a: [${name}] }`, () => ({ a: [make()] }))) }
)

export function made (name: string, make: () => unknown): Made {
  return { name, make, [fc.toStringMethod]: () => name }
}

function fail (): never {
  throw new Error('s3cr3t')
}

function endless (): object {
  return new Proxy({}, { get: (_target, name) => typeof name === 'symbol' || name === 'toJSON' ? undefined : endless(), ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }) })
}
