import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { CacheKey } from '../plugins/cache/index.ts'

const EVIL = [
  '', ':', '*', '?', '[', ']', '{', '}', '#', '=', '==', '"', '\\', '\\u0061', '/', '\n', '\r\n', '\0', ' ', '🙂', 'ä', 'a\u0308', '__proto__', 'constructor', 'null', 'true', '0', '-0',
  '[]', '{}', '[null]', 'query:a', ':a', 'v:', 'f::', 'e', 'i', 't:', '%00', '../', '$', '\u2028'
]
const piece = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...EVIL) }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) })
const text = fc.oneof(
  { weight: 5, arbitrary: fc.array(piece, { maxLength: 3 }).map(pieces => pieces.join('')) },
  // Past 200 bytes a hash stands for it.
  { weight: 1, arbitrary: fc.tuple(piece, fc.integer({ min: 60, max: 210 })).map(([piece, times]) => `${piece}x`.repeat(times)) }
)
const number = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true, noDefaultInfinity: true }))

const { part } = fc.letrec<{ part: unknown }>(tie => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constantFrom(null, '\ud800', '\udc00')),
    fc.array(tie('part'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.oneof(piece, fc.constantFrom('a', 'b', 'page')), fc.oneof(tie('part'), fc.constant(undefined))), { maxLength: 4 }).map(entries => Object.fromEntries(entries))
  )
}))

export const arbitraryKey: fc.Arbitrary<CacheKey> = fc.oneof(text, fc.array(part, { maxLength: 3 })) as fc.Arbitrary<CacheKey>

/** What a key is turned into: the same in other words, or what a careless rule would take for the same. */
const TURNS: ReadonlyArray<(key: CacheKey) => unknown> = [
  key => rebuilt(key, entries => entries.reverse()),
  key => rebuilt(key, entries => [['nothing', undefined], ...entries]),
  key => rebuilt(key, entries => entries.filter(([, value]) => value !== undefined)),
  key => rebuilt(key, entries => entries.slice(1)),
  key => rebuilt(key, entries => entries.map(([name, value]) => [name, value === 0 ? -0 : value])),
  key => rebuilt(key, entries => entries.map(([name, value]) => [name, typeof value === 'number' ? String(value) : value ?? null])),
  key => JSON.stringify(key),
  key => `=${JSON.stringify(key)}`,
  key => `#${createHash('sha256').update(typeof key === 'string' ? key : JSON.stringify(key)).digest('base64url')}`,
  key => [key],
  key => typeof key === 'string' ? `=${key}` : key.flat(),
  key => typeof key === 'string' ? `#${key}` : key.map(String).join(':'),
  key => typeof key === 'string' ? key.split(':') : [...key, null],
  key => typeof key === 'string' ? `${key}:` : key.slice(1)
]

/** Keys of which some are the same, and some nearly. */
export const arbitraryKeys: fc.Arbitrary<CacheKey[]> = fc.tuple(
  fc.array(arbitraryKey, { minLength: 1, maxLength: 4 }),
  fc.array(fc.tuple(fc.nat(20), fc.nat(TURNS.length - 1)), { maxLength: 12 })
).map(([keys, turns]) => {
  const all = [...keys]
  for (const [which, turn] of turns) {
    const turned = TURNS[turn]?.(all[which % all.length] ?? '')
    const key = (typeof turned === 'string' ? turned.toWellFormed() : turned) as CacheKey
    if (JSON.stringify(key).length < 2_000) all.push(key)
  }
  return all
})

/** By the rule that docs/cache.md states. */
export function isSameKey (one: unknown, other: unknown): boolean {
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return one === other
  if (Array.isArray(one) || Array.isArray(other)) {
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((part, index) => isSameKey(part, other[index]))
  }
  const [mine, others] = [one, other].map(object => new Map(Object.entries(object).filter(([, value]) => value !== undefined)))
  return mine?.size === others?.size && [...mine ?? []].every(([name, value]) => others?.has(name) === true && isSameKey(value, others.get(name)))
}

function rebuilt (part: unknown, rebuild: (entries: Array<[string, unknown]>) => Array<[string, unknown]>): unknown {
  if (Array.isArray(part)) return part.map(item => rebuilt(item, rebuild))
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(rebuild(Object.entries(part).map(([name, value]) => [name, rebuilt(value, rebuild)])))
}
