/**
 * Thrown when the optional package behind the embedded backend is not installed. In a file of its own: the declarations
 * that users compile must not lead to those of a package that they may not have.
 */
export class EmbeddedBackendMissingError extends Error {
  override name = 'EmbeddedBackendMissingError'
  readonly code = 'FST_LOCAL_NO_EMBEDDED'

  constructor (cause: unknown) {
    super('The embedded backend needs a package: npm i -D js-redis-server@0.3.0 — or give redisUrl, the address of a Redis', { cause })
  }
}
