import Fastify, { type FastifyContextConfig } from 'fastify'
import { describe, expect, test } from 'tstyche'
import type { CachedRequest, ResponseCache, ResponseCacheStats, RouteCacheOptions } from '../../index.ts'
import { responseCache } from '../../index.ts'

const app = Fastify()

describe('config.cache', () => {
  test('is typed in every route', () => {
    expect<FastifyContextConfig['cache']>().type.toBe<RouteCacheOptions | boolean | undefined>()
    app.get('/reports/:id', {
      config: {
        cache: {
          ttl: 60,
          staleWhileRevalidate: 30,
          tags: request => [`report:${request.params['id']}`],
          user: request => request.headers['x-user']?.toString(),
          vary: ['accept-language'],
          query: ['page'],
          cookies: 'ignored'
        }
      }
    }, async () => '')
  })

  test('refuses options that do not exist, and values that cannot be', () => {
    expect<RouteCacheOptions>().type.not.toBeAssignableFrom<{ ttl: string }>()
    expect<RouteCacheOptions>().type.not.toBeAssignableFrom<{ cookies: true }>()
    expect<RouteCacheOptions>().type.not.toBeAssignableFrom<{ user: string }>()
    expect<RouteCacheOptions>().type.not.toHaveProperty('maxAge')
  })

  test('its functions get the request, and may ask for one of narrower parameters', () => {
    expect<RouteCacheOptions>().type.toBeAssignableFrom<{ user: (request: CachedRequest) => number | null }>()
    expect<CachedRequest['params']>().type.toBe<Record<string, string>>()
  })
})

describe('fastify.responseCache', () => {
  test('is there in every app', () => {
    expect(app.responseCache).type.toBe<ResponseCache>()
    expect(app.responseCache.stats()).type.toBe<ResponseCacheStats>()
    expect(app.register).type.toBeCallableWith(responseCache, { hosts: ['example.com'], maxEntrySize: 1000 })
    expect(app.register).type.not.toBeCallableWith(responseCache, { ttl: 60 })
  })

  test('purges by an address or by tags, not by both', () => {
    expect(app.responseCache.purge({ url: 'https://example.com/' })).type.toBe<Promise<boolean>>()
    expect(app.responseCache.purge).type.toBeCallableWith({ tags: ['a'] })
    expect(app.responseCache.purge).type.not.toBeCallableWith({ url: '/', tags: ['a'] })
    expect(app.responseCache.purge).type.not.toBeCallableWith({})
  })
})
