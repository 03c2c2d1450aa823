import type { FastifyInstance } from 'fastify'
import { openEmbedded } from './backend/embedded.ts'
import { openRedis } from './backend/redis.ts'
import { FaultPlan } from './faults/fault-plan.ts'
import { Meter } from './meter.ts'
import { checkOptions, type CheckedOptions, type LocalOptions } from './options.ts'
import { Pending } from './pending.ts'
import { buildWire } from './wire/app.ts'
import { OpenStreams } from './wire/server-sent-events.ts'
import type { WireParts } from './wire/wire-parts.ts'

/**
 * The endpoint as a Fastify app that does not listen, for `inject` or for mounting where no port is wanted.
 * Its backend is open already and closes with it. Port and host options have no meaning here; where it is made to
 * listen, it answers programs on this machine only.
 */
export async function buildLocalUpstash (options: LocalOptions = {}): Promise<FastifyInstance> {
  return (await build(checkOptions(options))).wire
}

/** The app together with the parts that can be looked at and switched from outside. */
export async function build ({ redisUrl, token, logger, random }: CheckedOptions): Promise<WireParts & { wire: FastifyInstance }> {
  const meter = new Meter()
  const backend = await (redisUrl ? openRedis(redisUrl, meter) : openEmbedded(meter))
  const parts: WireParts = {
    token, backend, meter, logger, faults: new FaultPlan(random), pending: new Pending(), streams: new OpenStreams()
  }
  const wire = buildWire(parts)
  wire.addHook('onClose', () => backend.close())
  return { ...parts, wire }
}
