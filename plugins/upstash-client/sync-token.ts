/** What a request was sent with, to judge the token of its reply by. */
export interface Sent {
  readonly token: string
  readonly order: number
  readonly version: number
  readonly readOnly: boolean
}

/**
 * The `upstash-sync-token`: sent with every request, it makes a read replica answer no earlier state than that of the reply
 * which brought it. Replies come out of order, so the last one received is not always the one to keep:
 * a write's token yields only to that of a write sent later, or of a request sent after it had arrived.
 */
export class SyncToken {
  value = ''
  #version = 0
  #order = 0
  #lastWrite = 0

  send (readOnly: boolean): Sent {
    return { token: this.value, order: ++this.#order, version: this.#version, readOnly }
  }

  receive (sent: Sent, token: string | string[] | undefined): void {
    if (typeof token !== 'string' || token === '') return
    const newer = sent.readOnly ? sent.version === this.#version : sent.order > this.#lastWrite
    if (!newer) return
    if (!sent.readOnly) this.#lastWrite = sent.order
    this.value = token
    this.#version++
  }
}
