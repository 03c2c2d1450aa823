import type { Reply } from './reply.ts'

interface OpenArray { items: Reply[], length: number }

const CRLF = Buffer.from('\r\n')

/**
 * Incremental RESP2 parser. Elements of a half-received array are kept on a stack, and a half-received
 * string waits until all its bytes are there, so a large reply costs time linear in its size.
 */
export class RespParser {
  #buffer: Buffer = Buffer.alloc(0)
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #needed = 0
  #position = 0
  #open: OpenArray[] = []

  /** Takes what the socket gave and returns the replies that it completes. */
  push (chunk: Buffer): Reply[] {
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes < this.#needed) return []
    this.#buffer = Buffer.concat([this.#buffer.subarray(this.#position), ...this.#waiting])
    this.#waiting = []
    this.#waitingBytes = 0
    this.#needed = 0
    this.#position = 0

    const complete: Reply[] = []
    for (let element = this.#next(); element !== undefined; element = this.#next()) {
      if (element === 'opened') continue
      const whole = this.#place(element)
      if (whole) complete.push(whole)
    }
    return complete
  }

  /** Puts an element into the innermost open array; returns the outermost reply once that is complete. */
  #place (element: Reply): Reply | undefined {
    let done = element
    for (let array = this.#open.at(-1); array; array = this.#open.at(-1)) {
      array.items.push(done)
      if (array.items.length < array.length) return undefined
      this.#open.pop()
      done = { kind: 'array', items: array.items }
    }
    return done
  }

  #next (): Reply | 'opened' | undefined {
    const end = this.#buffer.indexOf(CRLF, this.#position)
    if (end === -1) return undefined
    const type = this.#buffer.toString('latin1', this.#position, this.#position + 1)
    const rest = this.#buffer.toString('utf8', this.#position + 1, end)
    const after = end + CRLF.length
    if (type === '$' && rest !== '-1') return this.#bulk(after, Number(rest))
    this.#position = after
    switch (type) {
      case '+': return { kind: 'simple', text: rest }
      case '-': return { kind: 'error', message: rest }
      case ':': return { kind: 'integer', digits: rest }
      case '$': return { kind: 'null', of: 'bulk' }
      case '*': return this.#array(Number(rest))
      default: throw new Error(`Not a RESP2 reply: it begins with ${JSON.stringify(type)}`)
    }
  }

  #bulk (start: number, length: number): Reply | undefined {
    const end = start + length
    const missing = end + CRLF.length - this.#buffer.length
    if (missing > 0) {
      this.#needed = missing
      return undefined
    }
    this.#position = end + CRLF.length
    return { kind: 'bulk', bytes: Buffer.from(this.#buffer.subarray(start, end)) }
  }

  #array (length: number): Reply | 'opened' {
    if (length === -1) return { kind: 'null', of: 'array' }
    if (length === 0) return { kind: 'array', items: [] }
    this.#open.push({ items: [], length })
    return 'opened'
  }
}
