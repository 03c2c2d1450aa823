import { describe, expect, test } from 'tstyche'
import type { BreakerState, ClientState, ClientStats, ErrorKind, Gap, SubscribeOptions, Subscription, UpstashClient } from '../../index.ts'

declare const client: UpstashClient

describe('state', () => {
  test('is one of five words', () => {
    expect(client.state).type.toBe<ClientState>()
    expect<ClientState>().type.toBe<'unknown' | 'connected' | 'unreachable' | 'unauthorized' | 'over-quota'>()
  })

  test('is read, not set', () => {
    expect<Pick<UpstashClient, 'state'>>().type.toBe<{ readonly state: ClientState }>()
    expect<Pick<UpstashClient, 'state'>>().type.not.toBe<{ state: ClientState }>()
  })
})

describe('ping and close', () => {
  test('promise a boolean, and nothing', () => {
    expect(client.ping()).type.toBe<Promise<boolean>>()
    expect(client.close()).type.toBe<Promise<void>>()
    expect(client.ping).type.not.toBeCallableWith('hello')
  })
})

describe('stats', () => {
  test('count errors by the kinds that a call can fail with, without the caller\'s own mistakes', () => {
    expect(client.stats()).type.toBe<ClientStats>()
    expect<keyof ClientStats['errors']>().type.toBe<ErrorKind>()
    expect<ErrorKind>().type.toBe<
      | 'timeout' | 'network' | 'unauthorized' | 'rate_limited' | 'over_quota' | 'server' | 'bad_reply' | 'reply_too_large'
      | 'circuit_open' | 'closed' | 'command'
    >()
    expect(client.stats().errors).type.not.toHaveProperty('invalid_command')
  })

  test('have numbers, but for a latency that nothing was measured of', () => {
    expect(client.stats().errors.timeout).type.toBe<number>()
    expect(client.stats().roundTrips).type.toBe<number>()
    expect(client.stats().latency.p99).type.toBe<number | null>()
    expect(client.stats().breaker).type.toBe<BreakerState>()
    expect<BreakerState>().type.toBe<'closed' | 'open' | 'probing'>()
  })

  test('cannot be changed', () => {
    expect<ClientStats>().type.toBe<Readonly<ClientStats>>()
    expect<ClientStats['errors']>().type.not.toBe<Record<ErrorKind, number>>()
    expect<ClientStats['errors']>().type.toBe<Readonly<Record<ErrorKind, number>>>()
  })
})

describe('subscribe', () => {
  test('gives messages as text to a function', () => {
    expect(client.subscribe('channel', (message) => { expect(message).type.toBe<string>() })).type.toBe<Subscription>()
    expect(client.subscribe).type.toBeCallableWith('channel', async () => {})
    expect(client.subscribe).type.not.toBeCallableWith('channel')
    expect(client.subscribe).type.not.toBeCallableWith(['a', 'b'], () => {})
    expect(client.subscribe).type.not.toBeCallableWith('channel', (message: number) => message)
  })

  test('ends at a signal and tells of gaps', () => {
    expect(client.subscribe).type.toBeCallableWith('channel', () => {}, { signal: AbortSignal.timeout(1) })
    expect(client.subscribe).type.toBeCallableWith('channel', () => {}, { onGap: ({ duration }: Gap) => duration })
    expect(client.subscribe).type.not.toBeCallableWith('channel', () => {}, { signal: new AbortController() })
    expect(client.subscribe).type.not.toBeCallableWith('channel', () => {}, { onGaps () {} })
    expect<Parameters<NonNullable<SubscribeOptions['onGap']>>>().type.toBe<[gap: Gap]>()
    expect<Gap>().type.toBe<{ readonly duration: number }>()
  })

  test('answers a handle that is looked at, awaited and closed', () => {
    expect<Subscription['state']>().type.toBe<'opening' | 'open' | 'waiting' | 'closed'>()
    expect<Subscription['opened']>().type.toBe<Promise<void>>()
    expect<ReturnType<Subscription['close']>>().type.toBe<void>()
    expect<Pick<Subscription, 'state'>>().type.not.toBe<{ state: Subscription['state'] }>()
  })
})
