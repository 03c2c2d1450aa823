import type { Workspace } from '../../example/identity.ts'
import type { Visitor } from './visitor.ts'

export interface Reply { readonly status: number, readonly body: string }

/** What is the same for all visitors. */
export interface Surroundings {
  /** By workspace: what is made of rows that nobody changes, without the time at which it was made. */
  readonly dashboards: Readonly<Record<Workspace, string>>
  readonly reports: Readonly<Record<Workspace, string>>
  /** Users whose streams the app holds open. */
  readonly present: readonly string[]
}

interface Question { readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE', readonly path: string, readonly body?: object }

/** A request of a visitor, and how he knows a wrong reply. */
export interface Step {
  readonly name: string
  /** Default 200. */
  readonly status?: number
  ask (visitor: Visitor, surroundings: Surroundings): Question
  isRight? (reply: Reply, visitor: Visitor, surroundings: Surroundings): boolean
}

export const REPORT = '/reports/activity?month=2026-03'
export const ROOM = 'lobby'
const RIGHT = 'reports:read'
const CODES = ['E11', 'I10', 'J45', 'M54']
const BEDS = 24
const ADA = ['patients:read', 'patients:write', 'reports:read']

/** Without the time at which it was made. */
export const timeless = (body: string): string => body.replace(/"readAt":"[^"]*"/, '')

const codeOf = (number: number): string => CODES[number % CODES.length] ?? ''
const ofPatient = ({ patient: { id } }: Visitor): string => `/patients/${id}`
const hasPhone = (phone: unknown, { patient }: Visitor): boolean => patient.phone === undefined || phone === patient.phone
const rightsOf = ({ body }: Reply): string[] => (JSON.parse(body) as { rights: string[] }).rights

export const rest: Step = { name: 'GET /health', ask: () => ({ path: '/health' }), isRight: ({ body }) => JSON.parse(body).status === 'ok' }

/** Of one visitor, since all see the same wards. */
const setFree: Step = {
  name: 'PUT /wards/:id',
  ask: visitor => {
    visitor.free = undefined
    return { method: 'PUT', path: '/wards/cardiology', body: { free: ++visitor.changes % BEDS } }
  },
  isRight: ({ body }, visitor) => {
    visitor.free = JSON.parse(body).ward.free
    return visitor.free === visitor.changes % BEDS
  }
}

const readPatient: Step = {
  name: 'GET /patients/:id',
  ask: visitor => ({ path: ofPatient(visitor) }),
  isRight: ({ body }, visitor) => hasPhone(JSON.parse(body).patient.phone, visitor)
}

const patients: readonly Step[] = [
  readPatient,
  {
    name: 'PATCH /patients/:id',
    ask: visitor => {
      visitor.patient.phone = undefined
      return { method: 'PATCH', path: ofPatient(visitor), body: { phone: String(++visitor.changes) } }
    },
    isRight: ({ body }, visitor) => {
      visitor.patient.phone = JSON.parse(body).patient.phone
      return visitor.patient.phone === String(visitor.changes)
    }
  },
  readPatient,
  {
    name: 'GET /patients',
    ask: ({ patient: { name } }) => ({ path: `/patients?search=${encodeURIComponent(name)}` }),
    isRight: ({ body }, visitor) => {
      const { patients: [patient], total } = JSON.parse(body)
      return total === 1 && hasPhone(patient.phone, visitor)
    }
  }
]

const rights: readonly Step[] = [
  { name: 'DELETE /session/rights/:right', ask: () => ({ method: 'DELETE', path: `/session/rights/${RIGHT}` }), isRight: reply => !rightsOf(reply).includes(RIGHT) },
  { name: 'GET /session/rights', ask: () => ({ path: '/session/rights' }), isRight: reply => !rightsOf(reply).includes(RIGHT) },
  { name: 'GET /reports/:kind, without the right', ask: () => ({ path: REPORT }), status: 403 },
  { name: 'PUT /session/rights/:right', ask: () => ({ method: 'PUT', path: `/session/rights/${RIGHT}` }), isRight: reply => rightsOf(reply).includes(RIGHT) },
  { name: 'GET /reports/:kind', ask: () => ({ path: REPORT }), isRight: ({ body }, { workspace }, { reports }) => timeless(body) === reports[workspace] },
  { name: 'GET /dashboard', ask: () => ({ path: '/dashboard' }), isRight: ({ body }, { workspace }, { dashboards }) => timeless(body) === dashboards[workspace] },
  { name: 'POST /permissions/:userId', ask: () => ({ method: 'POST', path: '/permissions/ada', body: { grant: ADA[0] } }), isRight: reply => String(rightsOf(reply)) === String(ADA) },
  { name: 'GET /permissions/:userId', ask: () => ({ path: '/permissions/ada' }), isRight: reply => String(rightsOf(reply)) === String(ADA) }
]

const presence: readonly Step[] = [
  {
    name: 'GET /presence',
    ask: (_, { present }) => ({ path: `/presence?ids=${[...present, 'nobody'].join()}` }),
    isRight: ({ body }, _, { present }) => {
      const states = new Map<string, string>(JSON.parse(body).users.map(({ userId, state }: { userId: string, state: string }) => [userId, state]))
      return present.every(userId => states.get(userId) === 'online') && ['offline', 'unknown'].includes(String(states.get('nobody')))
    }
  },
  { name: 'GET /presence/:room', ask: () => ({ path: `/presence/${ROOM}` }), isRight: ({ body }, _, { present }) => present.every(userId => body.includes(userId)) }
]

const wards: readonly Step[] = [
  { name: 'GET /wards', ask: () => ({ path: '/wards' }), isRight: ({ body }, { free }) => free === undefined || JSON.parse(body)[0].free === free },
  { name: 'PUT /wards/followed/:id', status: 204, ask: () => ({ method: 'PUT', path: '/wards/followed/cardiology' }) },
  { name: 'GET /wards/followed', ask: () => ({ path: '/wards/followed' }), isRight: ({ body }) => JSON.parse(body)[0].id === 'cardiology' },
  { name: 'GET /wards/export.csv', ask: () => ({ path: '/wards/export.csv' }), isRight: ({ body }) => body.startsWith('id,name,beds,free\ncardiology,') }
]

const others: readonly Step[] = [
  rest,
  {
    name: 'GET /lookup/:code',
    ask: ({ number }) => ({ path: `/lookup/${codeOf(number)}` }),
    isRight: ({ body }, { number }) => JSON.parse(body).code === codeOf(number)
  },
  { name: 'POST /visits', ask: () => ({ method: 'POST', path: '/visits' }) },
  { name: 'GET /visits', ask: () => ({ path: '/visits' }) },
  { name: 'GET /session', ask: () => ({ path: '/session' }) },
  { name: 'GET /status', ask: () => ({ path: '/status' }) },
  { name: 'GET /metrics', ask: () => ({ path: '/metrics' }), isRight: ({ body }) => body.includes('# HELP') }
]

/**
 * All that the example app has and a load can ask, writes among it, after each of which a visitor must see what he wrote. By the
 * visitor's number, so that not all do the same at the same time.
 */
export function stepsOf (number: number): readonly Step[] {
  const chapters = [number === 0 ? [setFree, ...wards] : wards, patients, rights, presence, others]
  const first = number % chapters.length
  return [...chapters.slice(first), ...chapters.slice(0, first)].flat()
}
