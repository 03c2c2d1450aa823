import createError from '@fastify/error'

// The caller's mistakes are thrown alike whether Redis is there or not. No message repeats a key or a value: they end in logs.

/** A key that is no string or array of plain parts, that is not exact in JSON, or is longer than 32 KB. */
export class InvalidCacheKeyError extends createError<'FST_CACHE_INVALID_KEY', 500, [complaint: string]>(
  'FST_CACHE_INVALID_KEY', 'cache key: %s', 500) {}

/** A loader did not end within its `timeout`. Its `signal` was aborted; what it may still answer does not count. */
export class LoadTimeoutError extends createError<'FST_CACHE_LOAD_TIMEOUT', 504, [ms: number]>(
  'FST_CACHE_LOAD_TIMEOUT', 'cache: the loader did not end within %d ms', 504) {}

/** An argument that a method cannot take: a ttl, an option that does not exist, a loader that is no function, a namespace's name. */
export class InvalidCacheArgumentError extends createError<'FST_CACHE_INVALID_ARGUMENT', 500, [complaint: string]>(
  'FST_CACHE_INVALID_ARGUMENT', 'cache: %s', 500) {}

/** A value that would not come back as it was given: a function, a symbol, an instance of a class. */
export class UnserializableError extends createError<'FST_CACHE_UNSERIALIZABLE', 500, [complaint: string]>(
  'FST_CACHE_UNSERIALIZABLE', 'cache: %s; cache plain data instead', 500) {}
