/** Seconds; what is longer counts as this, RFC 9111 §1.2.2. */
const MOST = 2 ** 31

const DIRECTIVE = /[\t ]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\t ,;"]*)))?)?[\t ]*(?:,|$)/y

/** What is no directive, up to the comma after it; one in quotes is none. */
const MALFORMED = /[\t ]*([!#$%&'*+.^_`|~0-9A-Za-z-]*)(?:"(?:[^"\\]|\\.)*"|[^,])*(?:,|$)/y

type Argument = string | true

/** A Cache-Control field, of a request or a reply. Names are of any case, arguments in quotes or not: RFC 9111 §5.2. */
export class CacheControl {
  static readonly none = new CacheControl(undefined)
  readonly #directives = new Map<string, Argument[]>()

  constructor (field: string | readonly string[] | undefined) {
    const text = typeof field === 'string' ? field : field?.join(',')
    if (text !== undefined) this.#parse(text)
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

  #parse (text: string): void {
    for (let at = 0; at < text.length;) {
      const [pattern, isValid] = matches(DIRECTIVE, text, at) ? [DIRECTIVE, true] : [MALFORMED, false]
      pattern.lastIndex = at
      const [all = ',', name = '', quoted, plain] = pattern.exec(text) ?? []
      // What is malformed is taken at its strictest: it is there, and leaves no time.
      if (name !== '') this.#add(name.toLowerCase(), isValid ? quoted?.replace(/\\(.)/g, '$1') ?? plain ?? true : '')
      at += Math.max(1, all.length)
    }
  }

  #add (name: string, argument: Argument): void {
    const there = this.#directives.get(name)
    if (there === undefined) this.#directives.set(name, [argument])
    else there.push(argument)
  }

  #fieldsIn (argument: string): string[] {
    return argument.toLowerCase().split(',').map(name => name.trim()).filter(name => name !== '')
  }
}

function matches (pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** Delta-seconds, §1.2.2. */
export function secondsOf (text: string): number {
  return /^\d+$/.test(text) ? Math.min(MOST, Number(text)) : 0
}
