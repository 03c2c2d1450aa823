import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, test } from 'tstyche'
import type { Credentials, UpstashClient, UpstashConfig, UsableCredentials } from '../../index.ts'
import { upstashClient, upstashEnv } from '../../index.ts'

const app = Fastify()

describe('fastify.upstash', () => {
  test('is a client or null, and says so to whoever forgets the second', () => {
    expect(app.upstash).type.toBe<UpstashClient | null>()
    expect<FastifyInstance['upstash']>().type.not.toBeAssignableTo<UpstashClient>()
  })

  test('is a client behind a check for null', () => {
    if (app.upstash !== null) expect(app.upstash).type.toBe<UpstashClient>()
    expect(app.upstash?.ping()).type.toBe<Promise<boolean> | undefined>()
  })

  test('shows neither address nor token', () => {
    expect<UpstashClient>().type.not.toHaveProperty('token')
    expect<UpstashClient>().type.not.toHaveProperty('url')
  })
})

describe('fastify.upstashConfig', () => {
  test('tells missing, unusable and usable credentials apart', () => {
    expect(app.upstashConfig).type.toBe<UpstashConfig>()
    expect<Credentials['status']>().type.toBe<'missing' | 'unusable' | 'usable'>()
  })

  test('has a URL and a token only where they are usable, a problem only where they are not', () => {
    const { credentials } = app.upstashConfig
    if (credentials.status === 'usable') {
      expect(credentials).type.toBe<UsableCredentials>()
      expect(credentials.token).type.toBe<string>()
    } else {
      expect(credentials).type.not.toHaveProperty('token')
    }
    if (credentials.status === 'unusable') expect(credentials.problem).type.toBe<string>()
    if (credentials.status === 'missing') expect(credentials).type.not.toHaveProperty('problem')
  })

  test('cannot be changed', () => {
    expect<UpstashConfig>().type.toBe<Readonly<UpstashConfig>>()
    expect<UpstashConfig>().type.not.toBe<{ credentials: Credentials }>()
  })
})

describe('registration', () => {
  test('takes either plugin with no options', () => {
    expect(app.register).type.toBeCallableWith(upstashEnv)
    expect(app.register).type.toBeCallableWith(upstashClient)
    expect(app.register).type.toBeCallableWith(upstashClient, {})
  })

  test('takes the default exports of the subpaths as dynamic imports', () => {
    expect(app.register).type.toBeCallableWith(import('../../plugins/env/index.ts'))
    expect(app.register).type.toBeCallableWith(import('../../plugins/upstash-client/index.ts'), { timeLimit: 500 })
  })
})
