import Fastify from 'fastify'
import { describe, expect, test } from 'tstyche'
import type { UpstashClientOptions, UpstashEnvOptions } from '../../index.ts'
import { upstashClient, upstashEnv } from '../../index.ts'
import type { WithDefaults } from '../../lib/options.ts'

const app = Fastify()

describe('options of upstash-env', () => {
  test('are all optional', () => {
    expect({}).type.toBeAssignableTo<UpstashEnvOptions>()
    expect({ url: 'https://example.upstash.io', token: 'token', allowInsecure: true, env: process.env }).type.toBeAssignableTo<UpstashEnvOptions>()
  })

  test('take the process environment and plain objects to read instead of it', () => {
    expect(app.register).type.toBeCallableWith(upstashEnv, { env: process.env })
    expect(app.register).type.toBeCallableWith(upstashEnv, { env: {} })
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { env: { PORT: 3000 } })
  })

  test('have the types that they are read as', () => {
    expect(app.register).type.toBeCallableWith(upstashEnv, { url: 'https://example.upstash.io', token: 'token' })
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { url: new URL('https://example.upstash.io') })
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { token: 1 })
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { token: null })
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { allowInsecure: 'true' })
  })

  test('are known by name: a misspelt one is an error', () => {
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { urls: 'https://example.upstash.io' })
    expect(app.register).type.not.toBeCallableWith(upstashEnv, { timeLimit: 500 })
  })
})

describe('options of upstash-client', () => {
  test('are all optional', () => {
    expect<Partial<UpstashClientOptions>>().type.toBe<UpstashClientOptions>()
  })

  test('are one boolean, and numbers of milliseconds, sockets, bytes and failures', () => {
    expect<WithDefaults<UpstashClientOptions>>().type.toBe<{
      required: boolean
      timeLimit: number
      connections: number
      maxReplyBytes: number
      breakerThreshold: number
      backoffInitial: number
      backoffMax: number
    }>()
  })

  test('have no other types', () => {
    expect(app.register).type.toBeCallableWith(upstashClient, { required: true, timeLimit: 500 })
    expect(app.register).type.not.toBeCallableWith(upstashClient, { timeLimit: '500' })
    expect(app.register).type.not.toBeCallableWith(upstashClient, { timeLimit: null })
    expect(app.register).type.not.toBeCallableWith(upstashClient, { required: 'yes' })
  })

  test('are known by name: a misspelt one is an error, and so are credentials, which belong to upstash-env', () => {
    expect(app.register).type.not.toBeCallableWith(upstashClient, { timeout: 500 })
    expect(app.register).type.not.toBeCallableWith(upstashClient, { url: 'https://example.upstash.io', token: 'token' })
  })
})
