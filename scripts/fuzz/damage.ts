import fc from 'fast-check'

/** Pieces that mean something to somebody who reads the text. */
const PIECES = [
  '', '', ' ', '\n', '\r\n\r\n', '\0', '"', '\\', ',', ':', '[', ']', '{', '}', '[]', '{}', '[[', '"a"', 'null', 'true', '-1', '-0', '0.5', '1e999', '9007199254740993', '"__proto__":', '{"__proto__":{"admin":true}}',
  '\\ud800', '🙂', '\u2028', '=', '==', 'OK', 'data: ', 'X'.repeat(400)
]

/** Some of a text put out, and something put in. */
export interface Splice { readonly at: number, readonly remove: number, readonly insert: string }

/** What is as right in form as before is overlooked most easily. */
const letter: fc.Arbitrary<Splice> = fc.record({ at: fc.nat(10_000), remove: fc.constant(1), insert: fc.string({ unit: fc.constantFrom(...'019ajXdD'), minLength: 1, maxLength: 1 }) })
const anything: fc.Arbitrary<Splice> = fc.record({
  at: fc.nat(10_000),
  remove: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(10_000) }),
  insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary-ascii', maxLength: 3 }))
})

/** What happens to a text; nothing, now and then. */
export const arbitraryDamage: fc.Arbitrary<Splice[]> = fc.oneof(fc.array(letter, { maxLength: 1 }), fc.array(fc.oneof(letter, anything), { maxLength: 3 }))

export function damaged (text: string, damage: readonly Splice[]): string {
  return damage.reduce((text, { at, remove, insert }) => {
    const start = at % (text.length + 1)
    return text.slice(0, start) + insert + text.slice(start + remove)
  }, text)
}
