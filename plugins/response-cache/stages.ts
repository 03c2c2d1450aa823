import type { FastifyReply } from 'fastify'
import { toFields, type Fields, type FieldValue } from './fields.ts'
import { keptFields } from './kept-fields.ts'

/** The fields of a handler's reply on its way through the hooks of the app: what they add is for this request alone. */
export class Stages {
  readonly #reply: FastifyReply
  /** What hooks had set before the handler. */
  readonly #before: Fields
  #sent: Fields | undefined

  constructor (reply: FastifyReply) {
    this.#reply = reply
    this.#before = toFields(reply.getHeaders())
    const send = reply.send
    // No hook runs between the handler and what hooks add after it.
    reply.send = payload => {
      if (!(payload instanceof Error)) this.#sent = toFields(reply.getHeaders())
      return send.call(reply, payload)
    }
  }

  /** After all hooks. */
  get final (): Fields {
    return toFields(this.#reply.getHeaders())
  }

  /** When the handler gave its reply; where it threw, there is nothing of its own. */
  get sent (): Fields {
    return this.#sent ?? this.#before
  }

  /** What the handler gave in another way. */
  add (fields: Fields): void {
    this.#sent = { ...this.#sent, ...fields }
  }

  /** What of the reply may be kept. */
  kept (without: readonly string[] = [], final: Fields = this.final): Array<[name: string, value: FieldValue]> {
    return keptFields({ before: this.#before, sent: this.#sent ?? {}, final }, without)
  }

  /** Takes back what the handler's reply had set, for another reply in its place. What hooks added, such as a cookie, stays. */
  takeBack (): void {
    const { sent } = this
    for (const [name, value] of Object.entries(this.final)) {
      const before = this.#before[name]
      const isOfHook = String(sent[name]) !== String(value)
      if (before === undefined && (!isOfHook || /^content-|^etag$/.test(name))) this.#reply.removeHeader(name)
      else if (before !== undefined && !isOfHook) this.#reply.header(name, typeof before === 'string' ? before : [...before])
    }
  }
}
