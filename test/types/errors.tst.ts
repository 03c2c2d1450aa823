import { describe, expect, test } from 'tstyche'
import type { UpstashError } from '../../index.ts'
import {
  BadReplyError, CircuitOpenError, ClientClosedError, CommandError, InvalidCommandError, InvalidOptionError, NetworkError,
  OverQuotaError, RateLimitedError, ReplyTooLargeError, RequiredError, ServerError, TimeoutError, UnauthorizedError
} from '../../index.ts'

describe('error classes', () => {
  test('have codes that the compiler knows', () => {
    expect<InstanceType<typeof TimeoutError>['code']>().type.toBe<'FST_UPSTASH_TIMEOUT'>()
    expect<InstanceType<typeof NetworkError>['code']>().type.toBe<'FST_UPSTASH_NETWORK'>()
    expect<InstanceType<typeof UnauthorizedError>['code']>().type.toBe<'FST_UPSTASH_UNAUTHORIZED'>()
    expect<InstanceType<typeof RateLimitedError>['code']>().type.toBe<'FST_UPSTASH_RATE_LIMITED'>()
    expect<InstanceType<typeof OverQuotaError>['code']>().type.toBe<'FST_UPSTASH_OVER_QUOTA'>()
    expect<InstanceType<typeof ServerError>['code']>().type.toBe<'FST_UPSTASH_SERVER'>()
    expect<InstanceType<typeof BadReplyError>['code']>().type.toBe<'FST_UPSTASH_BAD_REPLY'>()
    expect<InstanceType<typeof ReplyTooLargeError>['code']>().type.toBe<'FST_UPSTASH_REPLY_TOO_LARGE'>()
    expect<InstanceType<typeof CircuitOpenError>['code']>().type.toBe<'FST_UPSTASH_CIRCUIT_OPEN'>()
    expect<InstanceType<typeof ClientClosedError>['code']>().type.toBe<'FST_UPSTASH_CLOSED'>()
    expect<InstanceType<typeof InvalidCommandError>['code']>().type.toBe<'FST_UPSTASH_INVALID_COMMAND'>()
    expect<InstanceType<typeof CommandError>['code']>().type.toBe<'FST_UPSTASH_COMMAND'>()
    expect<InstanceType<typeof RequiredError>['code']>().type.toBe<'FST_UPSTASH_REQUIRED'>()
  })

  test('are told apart by instanceof', () => {
    const error = {} as unknown
    if (error instanceof CommandError) {
      expect(error.redisCode).type.toBe<string>()
      expect(error.reply).type.toBe<string>()
      expect(error).type.not.toHaveProperty('retryAfter')
    }
    if (error instanceof RateLimitedError) expect(error.retryAfter).type.toBe<number | undefined>()
    if (error instanceof TimeoutError) expect(error.code).type.toBe<'FST_UPSTASH_TIMEOUT'>()
  })

  test('are errors of Fastify, whose status code a handler may read', () => {
    expect<UpstashError>().type.toBeAssignableTo<Error>()
    expect<UpstashError['statusCode']>().type.toBe<500 | 503>()
  })
})

describe('UpstashError', () => {
  test('is told apart by its code', () => {
    const error = {} as UpstashError
    expect(error).type.not.toHaveProperty('redisCode')
    switch (error.code) {
      case 'FST_UPSTASH_COMMAND':
        expect(error).type.toBe<CommandError>()
        break
      case 'FST_UPSTASH_RATE_LIMITED':
        expect(error).type.toBe<RateLimitedError>()
        break
      default:
        expect(error).type.not.toHaveProperty('redisCode')
    }
  })

  test('is what a call rejects with: neither the errors of the boot nor any code', () => {
    expect<'FST_UPSTASH_REQUIRED'>().type.not.toBeAssignableTo<UpstashError['code']>()
    expect<'FST_UPSTASH_INVALID_OPTION'>().type.not.toBeAssignableTo<UpstashError['code']>()
    expect<string>().type.not.toBeAssignableTo<UpstashError['code']>()
    expect<'FST_UPSTASH_INVALID_COMMAND'>().type.toBeAssignableTo<UpstashError['code']>()
    expect<InstanceType<typeof InvalidOptionError>>().type.not.toBeAssignableTo<UpstashError>()
  })
})
