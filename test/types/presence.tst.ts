import Fastify from 'fastify'
import { describe, expect, test } from 'tstyche'
import { presenceContract } from '../../contracts/presence.ts'
import type { ContractCase } from '../../contracts/contract-case.ts'
import {
  createLocalPresence, presence,
  type Connection, type CustomStatus, type Member, type MemberCount, type MemberList, type Meta, type Presence, type PresenceClock,
  type PresenceEvent, type PresenceOptions, type PresenceStats, type UserPresence
} from '../../plugins/presence/index.ts'

const app = Fastify()
const { signal } = new AbortController()

describe('fastify.presence', () => {
  test('is always there, and only its owner can close it', () => {
    expect(app.presence).type.toBe<Presence>()
    expect<Presence>().type.not.toHaveProperty('close')
    expect(createLocalPresence()).type.toBeAssignableTo<Presence>()
    expect(createLocalPresence().close()).type.toBe<Promise<void>>()
  })

  test('is registered with options that may be undefined, and with no clock', () => {
    expect(app.register).type.toBeCallableWith(presence)
    expect(app.register).type.toBeCallableWith(presence, { grace: 0, everywhere: false, maxMembers: 10, backlog: 10 })
    expect<PresenceOptions>().type.toBeAssignableFrom<{ grace: undefined, everywhere: undefined, maxMembers: undefined, backlog: undefined }>()
    expect<PresenceOptions>().type.not.toHaveProperty('clock')
    expect(createLocalPresence).type.toBeCallableWith({ clock: {} as PresenceClock, grace: 0 })
    expect(createLocalPresence).type.not.toBeCallableWith({ clock: Date.now })
  })
})

describe('connect', () => {
  test('takes a user id, and room, status and meta where they are known', () => {
    expect(app.presence.connect).type.toBeCallableWith({ userId: 'ann' })
    expect(app.presence.connect).type.toBeCallableWith({ userId: 'ann', room: undefined, status: undefined, meta: undefined, signal: undefined })
    expect(app.presence.connect).type.toBeCallableWith({ userId: 'ann', signal })
    expect(app.presence.connect).type.not.toBeCallableWith({ userId: 'ann', signal: new AbortController() })
    expect(app.presence.connect).type.not.toBeCallableWith({ userId: 'ann', rooms: ['chat'] })
    expect(app.presence.connect({ userId: 'ann', room: 'chat', status: 'invisible', meta: null })).type.toBe<Connection>()
    expect(app.presence.connect).type.not.toBeCallableWith({ room: 'chat' })
    expect(app.presence.connect).type.not.toBeCallableWith({ userId: 1 })
    expect(app.presence.connect).type.not.toBeCallableWith({ userId: 'ann', status: 'offline' })
    expect(app.presence.connect).type.not.toBeCallableWith({ userId: 'ann', state: 'away' })
  })

  test('takes meta that JSON has, and nothing that it would change', () => {
    expect<Meta>().type.toBeAssignableFrom<{ name: string, tags: readonly string[], at: { x: number } | null, on: boolean }>()
    expect<Meta>().type.not.toBeAssignableFrom<Date>()
    expect<Meta>().type.not.toBeAssignableFrom<undefined>()
    expect<Meta>().type.not.toBeAssignableFrom<{ run: () => void }>()
    expect<Meta>().type.not.toBeAssignableFrom<bigint>()
    expect<Meta>().type.not.toBeAssignableFrom<Map<string, string>>()
  })

  test('answers a connection whose methods are handlers', () => {
    const { close, update } = app.presence.connect({ userId: 'ann' })
    expect(close).type.toBeAssignableTo<(code: number) => void>()
    expect(update).type.toBeCallableWith({ status: 'away', meta: undefined })
    expect(update).type.not.toBeCallableWith({ room: 'chat' })
  })
})

describe('what presence answers', () => {
  test('is what the interface says', () => {
    expect(app.presence.list()).type.toBe<Promise<MemberList>>()
    expect(app.presence.count('chat')).type.toBe<Promise<MemberCount>>()
    expect(app.presence.get('ann', 'chat')).type.toBe<Promise<UserPresence>>()
    expect(app.presence.getMany(['ann'] as const)).type.toBe<Promise<Map<string, UserPresence>>>()
    expect(app.presence.setCustomStatus).type.toBeCallableWith('ann', null)
    expect(app.presence.setCustomStatus('ann', { text: 'lunch', expiresAt: Date.now() })).type.toBe<Promise<boolean>>()
    expect(app.presence.stats()).type.toBe<PresenceStats>()
  })

  test('is not for the caller to change', () => {
    expect<Member>().type.toBeAssignableFrom<Readonly<Member>>()
    expect<MemberList['members']>().type.toBe<readonly Member[]>()
    expect<Member['meta']>().type.toBe<Meta | undefined>()
  })

  test('never has a member that is offline or unknown, and may say both of a user', () => {
    expect<Member['state']>().type.toBe<'online' | 'away' | 'busy'>()
    expect<UserPresence['state']>().type.toBe<'online' | 'away' | 'busy' | 'offline' | 'unknown'>()
  })

  test('has times in milliseconds', () => {
    expect<Member['since']>().type.toBe<number>()
    expect<UserPresence['lastSeen']>().type.toBe<number | undefined>()
    expect<CustomStatus['expiresAt']>().type.toBe<number | undefined>()
  })
})

describe('watch', () => {
  test('takes a room and the signal that ends it', () => {
    expect(app.presence.watch('chat', { signal })).type.toBe<AsyncIterable<PresenceEvent>>()
    expect(app.presence.watch).type.toBeCallableWith('chat', { signal, lastEventId: undefined })
    expect(app.presence.watch).type.not.toBeCallableWith('chat')
    expect(app.presence.watch).type.not.toBeCallableWith('chat', {})
  })

  test('gives events that their type tells apart', () => {
    const event = {} as PresenceEvent
    expect(event.id).type.toBe<string>()
    if (event.type === 'snapshot') expect(event.members).type.toBe<readonly Member[]>()
    else if (event.type === 'leave') expect(event.userId).type.toBe<string>()
    else if (event.type === 'signal') expect(event.name).type.toBe<string>()
    else expect(event.member).type.toBe<Member>()
    expect(event).type.not.toHaveProperty('member')
  })
})

describe('the contract', () => {
  test('is made for anything that has the interface', () => {
    expect(presenceContract({ create: async () => ({ presence: {} as Presence, backlog: 8, close: async () => {} }) })).type.toBe<ContractCase[]>()
    expect(presenceContract).type.not.toBeCallableWith({ create: async () => ({ presence: {}, backlog: 8, close: async () => {} }) })
  })
})
