import createError from '@fastify/error'

/** `config.cache` of a route cannot be. Thrown when the route is added. */
export class InvalidRouteCacheError extends createError<'FST_RESPONSE_CACHE_INVALID_ROUTE', 500, [method: string, url: string, complaint: string]>(
  'FST_RESPONSE_CACHE_INVALID_ROUTE', 'config.cache of %s %s: %s', 500) {}

/** An argument that a method cannot take, or an answer of a route's `tags` or `user` that is none. */
export class InvalidResponseCacheArgumentError extends createError<'FST_RESPONSE_CACHE_INVALID_ARGUMENT', 500, [complaint: string]>(
  'FST_RESPONSE_CACHE_INVALID_ARGUMENT', 'response cache: %s', 500) {}
