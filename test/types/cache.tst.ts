import Fastify from 'fastify'
import { describe, expect, test } from 'tstyche'
import type { Cache, CacheKey, CacheStats, LoadOptions, NamespaceOptions } from '../../index.ts'
import { cache } from '../../index.ts'

declare module '../../index.ts' {
  interface CacheNamespaces {
    'rights-of-users': string[]
  }
}

const app = Fastify()
interface Filter { page: number, sort?: string }

describe('fastify.cache', () => {
  test('is there in every app, with Redis or without', () => {
    expect(app.cache).type.toBe<Cache>()
    expect(app.cache.stats()).type.toBe<CacheStats>()
  })

  test('gives what is asked for, or undefined', () => {
    expect(app.cache.get<number>('key')).type.toBe<Promise<number | undefined>>()
    expect(app.cache.get('key')).type.toBe<Promise<unknown>>()
    expect(app.cache.getMany<Date>(['a', 'b'])).type.toBe<Promise<Array<Date | undefined>>>()
  })

  test('gives what the loader gives, at once or later', () => {
    expect(app.cache.getOrSet('key', () => 1)).type.toBe<Promise<number>>()
    expect(app.cache.getOrSet('key', async () => new Date())).type.toBe<Promise<Date>>()
    expect(app.cache.getOrSet('key', ({ skip }) => { skip(); return null })).type.toBe<Promise<null>>()
  })
})

describe('keys', () => {
  test('are strings or arrays of parts, objects of an interface among them', () => {
    const filter: Filter = { page: 1 }
    expect(app.cache.get).type.toBeCallableWith(['patients', 7, true, null, ['a'], filter])
    expect<CacheKey>().type.not.toBeAssignableFrom<number>()
    expect<CacheKey>().type.not.toBeAssignableFrom<Filter>()
    expect(app.cache.get).type.not.toBeCallableWith(['patients', undefined])
    expect(app.cache.get).type.not.toBeCallableWith(['patients', 1n])
  })
})

describe('options', () => {
  test('that this version has not are refused by the compiler', () => {
    expect<LoadOptions>().type.toBeAssignableFrom<{ ttl: number | undefined }>()
    expect(app.cache.set).type.not.toBeCallableWith('key', 1, { staleWhileRevalidate: 5 })
    expect<NamespaceOptions>().type.not.toHaveProperty('tags')
    expect(app.cache.namespace).type.toBeCallableWith('name', { memory: { entries: 5 }, lock: true, staleIfError: 5 })
    expect(app.cache.namespace).type.toBeCallableWith('name', { memory: false })
    expect(app.cache.namespace).type.not.toBeCallableWith('name', { memory: true })
    expect(app.cache.getOrSet).type.toBeCallableWith('key', () => 1, { tags: ['a'], refresh: true, timeout: 500 })
    expect(app.cache.setMany).type.toBeCallableWith([{ key: ['a', 1], value: new Date(), ttl: 5 }])
    expect(app.cache.invalidateTags('a', 'b')).type.toBe<Promise<boolean>>()
    expect(app.register).type.toBeCallableWith(cache, { keyPrefix: 'app:', namespaces: { query: { ttl: 60 } } })
  })
})

describe('namespaces', () => {
  test('of which the app has declared the values hold those, all others anything', () => {
    const rights = app.cache.namespace('rights-of-users')
    expect(rights).type.toBe<Cache<string[]>>()
    expect(rights.get('ada')).type.toBe<Promise<string[] | undefined>>()
    expect(rights.getMany(['ada'])).type.toBe<Promise<Array<string[] | undefined>>>()
    expect(rights.getOrSet('ada', () => ['read'])).type.toBe<Promise<string[]>>()
    expect(rights.getOrSet).type.toBeCallableWith('ada', () => undefined)
    expect(rights.getOrSet).type.not.toBeCallableWith('ada', () => 5)
    expect(rights.set).type.toBeCallableWith('ada', ['read'], { ttl: 5 })
    expect(rights.set).type.not.toBeCallableWith('ada', 'read')
    expect(rights.setMany).type.not.toBeCallableWith([{ key: 'ada', value: 5 }])
    expect(app.cache.namespace('other')).type.toBe<Cache>()
    expect(rights.namespace('other')).type.toBe<Cache>()
  })
})
