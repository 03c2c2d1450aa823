import { describe, expect, test } from 'tstyche'
import type { CallOptions, Command, CommandError, Reply, Result, RunOptions, Script, UpstashClient } from '../../index.ts'

declare const client: UpstashClient

describe('a command', () => {
  test('begins with its name, and its arguments are strings and numbers', () => {
    expect(client.send).type.toBeCallableWith(['PING'])
    expect(client.send).type.toBeCallableWith(['SET', 'key', 1.5, 'PX', 1000])
    expect(client.send).type.toBeCallableWith(['MGET', ...['a', 'b']])
  })

  test('without a name is an error', () => {
    expect(client.send).type.not.toBeCallableWith([])
    expect(client.send).type.not.toBeCallableWith([1, 'key'])
    expect(client.send).type.not.toBeCallableWith('PING')
    expect(client.send).type.not.toBeCallableWith('GET', 'key')
    expect<string[]>().type.not.toBeAssignableTo<Command>()
  })

  test('takes nothing that would have to be turned into text first', () => {
    expect(client.send).type.not.toBeCallableWith(['SET', 'key', true])
    expect(client.send).type.not.toBeCallableWith(['SET', 'key', undefined])
    expect(client.send).type.not.toBeCallableWith(['SET', 'key', null])
    expect(client.send).type.not.toBeCallableWith(['SET', 'key', { a: 1 }])
    expect(client.send).type.not.toBeCallableWith(['SET', 'key', 1n])
    expect(client.send).type.not.toBeCallableWith(['SET', 'key', new Date()])
    expect(client.send).type.not.toBeCallableWith(['MGET', ['a', 'b']])
  })

  test('is not changed by the client, so it may be read-only', () => {
    expect(client.send).type.toBeCallableWith(['GET', 'key'] as const)
    expect<Command>().type.not.toHaveProperty('push')
  })
})

describe('send', () => {
  test('answers what Redis can answer, until the caller knows better', () => {
    expect(client.send(['GET', 'key'])).type.toBe<Promise<Reply>>()
    expect(client.send<string | null>(['GET', 'key'])).type.toBe<Promise<string | null>>()
    expect<Reply>().type.toBe<string | number | null | Reply[]>()
  })

  test('takes a time limit and whether it may be sent twice, and no other options', () => {
    expect(client.send).type.toBeCallableWith(['INCR', 'key'], { timeLimit: 50, idempotent: true })
    expect(client.send).type.not.toBeCallableWith(['INCR', 'key'], { timeLimit: '50' })
    expect(client.send).type.not.toBeCallableWith(['INCR', 'key'], { timeout: 50 })
    expect(client.send).type.not.toBeCallableWith(['INCR', 'key'], { innerCalls: 1 })
    expect<CallOptions>().type.toBe<{ timeLimit?: number | undefined, idempotent?: boolean | undefined }>()
  })
})

describe('batch', () => {
  test('answers one outcome a command', () => {
    expect(client.batch([['GET', 'a'], ['INCR', 'b', 2]])).type.toBe<Promise<Result[]>>()
    expect(client.batch).type.toBeCallableWith([])
    expect<readonly Command[]>().type.toBeAssignableTo<Parameters<typeof client.batch>[0]>()
  })

  test('takes commands and nothing else', () => {
    expect(client.batch).type.not.toBeCallableWith(['GET', 'a'])
    expect(client.batch).type.not.toBeCallableWith([['GET', 'a'], []])
    expect(client.batch).type.not.toBeCallableWith([['SET', 'a', false]])
    expect(client.batch).type.not.toBeCallableWith(['GET', 'a'], ['GET', 'b'])
  })

  test('gives a value only where the command succeeded, an error only where it failed', () => {
    const result = {} as Result
    expect(result).type.not.toHaveProperty('value')
    expect(result).type.not.toHaveProperty('error')
    if (result.ok) {
      expect(result.value).type.toBe<Reply>()
      expect(result).type.not.toHaveProperty('error')
    } else {
      expect(result.error).type.toBe<CommandError>()
      expect(result).type.not.toHaveProperty('value')
    }
  })

  test('has outcomes that say what they hold', () => {
    expect<Extract<Result<number>, { ok: true }>['value']>().type.toBe<number>()
    expect<Result<number>>().type.not.toBeAssignableTo<Result<string>>()
  })
})

describe('script', () => {
  test('is made of a source and knows its digest', () => {
    expect(client.script('return 1')).type.toBe<Script>()
    expect(client.script('return 1').sha1).type.toBe<string>()
    expect(client.script).type.not.toBeCallableWith()
    expect(client.script).type.not.toBeCallableWith(Buffer.from('return 1'))
  })

  test('runs on keys and arguments, and answers like send', () => {
    const { run } = client.script('return 1')
    expect(run(['key'], ['text', 1])).type.toBe<Promise<Reply>>()
    expect(run<number>([], [])).type.toBe<Promise<number>>()
    expect(run).type.toBeCallableWith(['key'] as const, [1] as const)
  })

  test('takes neither keys alone nor arguments that are no text or number', () => {
    const { run } = client.script('return 1')
    expect(run).type.not.toBeCallableWith(['key'])
    expect(run).type.not.toBeCallableWith('key', [])
    expect(run).type.not.toBeCallableWith([1], [])
    expect(run).type.not.toBeCallableWith([], [true])
    expect(run).type.not.toBeCallableWith([], [undefined])
  })

  test('takes the options of a call and the number of its inner calls', () => {
    const { run } = client.script('return 1')
    expect(run).type.toBeCallableWith([], [], { innerCalls: 2, idempotent: true, timeLimit: 50 })
    expect(run).type.not.toBeCallableWith([], [], { innerCalls: '2' })
    expect<RunOptions>().type.toBe<{ timeLimit?: number | undefined, idempotent?: boolean | undefined, innerCalls?: number | undefined }>()
  })
})
