import { listOf, type FieldValue } from './fields.ts'

/** Seconds; what is longer counts as this, RFC 9111 §1.2.2. */
const MOST = 2 ** 31

const DIRECTIVE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\t ,;"]*)))?$/
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/

type Argument = string | true

/** A Cache-Control field, of a request or a reply. Names are of any case, arguments in quotes or not: RFC 9111 §5.2. */
export class CacheControl {
  readonly #directives = new Map<string, Argument[]>()

  constructor (field: FieldValue | undefined) {
    for (const member of listOf(field)) {
      const [, name, quoted, plain] = DIRECTIVE.exec(member) ?? []
      if (name !== undefined) this.#add(name, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? true)
      // What is malformed is taken at its strictest: it is there, and leaves no time.
      else this.#add(NAME.exec(member)?.[0] ?? '', '')
    }
  }

  has (name: string): boolean {
    return this.#directives.has(name)
  }

  /** Whether it is there for the whole reply, not for some of its fields alone. */
  isWhole (name: string): boolean {
    return this.#directives.get(name)?.some(argument => argument === true || this.#fieldsIn(argument).length === 0) === true
  }

  /** The fields that `private="…"` or `no-cache="…"` is about, in lower case: §5.2.2.4, §5.2.2.7. */
  fields (name: string): string[] {
    return (this.#directives.get(name) ?? []).flatMap(argument => argument === true ? [] : this.#fieldsIn(argument))
  }

  /**
   * Undefined where it is not there, `Infinity` where it has no argument. Of several the least counts, and what is no number counts as
   * none left: §4.2.1 has such a reply be stale.
   */
  seconds (name: string): number | undefined {
    const given = this.#directives.get(name)
    if (given === undefined) return undefined
    return Math.min(...given.map(argument => argument === true ? Infinity : secondsOf(argument)))
  }

  #add (given: string, argument: Argument): void {
    const name = given.toLowerCase()
    const there = this.#directives.get(name)
    if (there === undefined) this.#directives.set(name, [argument])
    else there.push(argument)
  }

  #fieldsIn (argument: string): string[] {
    return argument.toLowerCase().split(',').map(name => name.trim()).filter(name => name !== '')
  }
}

/** Delta-seconds, §1.2.2. */
export function secondsOf (text: string): number {
  return /^\d+$/.test(text) ? Math.min(MOST, Number(text)) : 0
}
