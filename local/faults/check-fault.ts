import type { Fault, FaultKind } from './fault.ts'

/** A fault that cannot be set; the message says what is wrong with it. */
export class FaultError extends Error {
  override name = 'FaultError'
  readonly code = 'FST_LOCAL_BAD_FAULT'
}

interface Field { is: string, holds (value: unknown): boolean, required?: true }

/** A longer time would not fit a timer, and pass at once. */
const LONGEST_MS = 2 ** 31 - 1
const milliseconds: Field = { is: `a number of milliseconds from 0 to ${LONGEST_MS}`, holds: value => isNumber(value) && value >= 0 && value <= LONGEST_MS }
const required = (field: Field): Field => ({ ...field, required: true })

const AIM: Record<string, Field> = {
  probability: { is: 'a number from 0 to 1', holds: value => isNumber(value) && value >= 0 && value <= 1 },
  command: { is: 'the name of a command', holds: value => typeof value === 'string' && value !== '' },
  times: { is: 'a whole number, 1 or more', holds: value => Number.isInteger(value) && isNumber(value) && value >= 1 }
}

const FIELDS: Record<FaultKind, Record<string, Field>> = {
  refuse: {},
  reset: AIM,
  delay: { ms: required(milliseconds), jitter: milliseconds, ...AIM },
  'drop-reply': AIM,
  late: { ms: milliseconds, ...AIM },
  duplicate: { ms: milliseconds, ...AIM },
  status: {
    status: required({ is: 'an HTTP status from 200 to 599', holds: value => Number.isInteger(value) && isNumber(value) && value >= 200 && value <= 599 }),
    retryAfter: { is: 'a number of seconds, 0 or more', holds: value => isNumber(value) && value >= 0 },
    ...AIM
  },
  html: AIM,
  truncate: AIM,
  'wrong-shape': AIM,
  stall: AIM,
  'end-streams': AIM,
  quota: { period: { is: '"day" or "month"', holds: value => value === 'day' || value === 'month' }, ...AIM }
}

/** Reads what came as JSON or from JavaScript: one fault, several, or null for none. Throws {@link FaultError}. */
export function checkFaults (value: unknown): Fault[] {
  const faults: unknown[] = value === null ? [] : Array.isArray(value) ? value : [value]
  return faults.map(fault => {
    assertFault(fault)
    return { ...fault }
  })
}

function assertFault (value: unknown): asserts value is Fault {
  if (typeof value !== 'object' || value === null || !('kind' in value)) throw new FaultError('A fault is an object with a kind')
  const { kind, ...given }: Record<string, unknown> & { kind: unknown } = value
  if (!isKind(kind)) throw new FaultError(`Unknown kind of fault ${JSON.stringify(kind)}: give one of ${Object.keys(FIELDS).join(', ')}`)

  const fields = FIELDS[kind]
  for (const [name, content] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (!field) throw new FaultError(`A ${kind} fault takes no ${name}`)
    if (!field.holds(content)) throw new FaultError(`${name} of a ${kind} fault must be ${field.is}`)
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.required && !Object.hasOwn(given, name)) throw new FaultError(`A ${kind} fault needs ${name}: ${field.is}`)
  }
}

function isKind (value: unknown): value is FaultKind {
  return typeof value === 'string' && Object.hasOwn(FIELDS, value)
}

function isNumber (value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
