/** A request that is answered with HTTP 400 (or the given status) and this text as its error. */
export class BadRequestError extends Error {
  override name = 'BadRequestError'
  readonly statusCode: number

  constructor (message: string, statusCode = 400) {
    super(message)
    this.statusCode = statusCode
  }
}
