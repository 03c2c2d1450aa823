import type { FastifyServerOptions } from 'fastify'
import type { Backend } from '../backend/backend.ts'
import type { FaultPlan } from '../faults/fault-plan.ts'
import type { Meter } from '../meter.ts'
import type { Pending } from '../pending.ts'
import type { OpenStreams } from './server-sent-events.ts'

/** What the wire stands on. */
export interface WireParts {
  token: string
  logger: NonNullable<FastifyServerOptions['logger']>
  backend: Backend
  meter: Meter
  faults: FaultPlan
  pending: Pending
  streams: OpenStreams
}
