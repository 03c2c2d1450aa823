import type { Backend } from './backend/backend.ts'
import { openEmbedded } from './backend/embedded.ts'
import { openRedis } from './backend/redis.ts'
import { buildControl } from './control.ts'
import { checkFaults } from './faults/check-fault.ts'
import { FaultPlan } from './faults/fault-plan.ts'
import { Listener } from './listener.ts'
import type { LocalUpstash } from './local-upstash.ts'
import { Meter } from './meter.ts'
import { checkOptions, type CheckedOptions, type LocalOptions } from './options.ts'
import { Pending } from './pending.ts'
import { buildWire } from './wire/app.ts'
import { OpenStreams } from './wire/server-sent-events.ts'

/**
 * Starts an Upstash-compatible endpoint on loopback, for development and tests only.
 *
 * @example
 * const local = await startLocalUpstash()
 * const redis = new Redis({ url: local.url, token: local.token })
 */
export async function startLocalUpstash (options: LocalOptions = {}): Promise<LocalUpstash> {
  const checked = checkOptions(options)
  const { token, host, port, controlPort, logger } = checked
  const meter = new Meter()
  const backend = await openBackend(checked, meter)
  const faults = new FaultPlan(checked.random)
  const pending = new Pending()
  const streams = new OpenStreams()

  const wire = buildWire({ token, backend, faults, pending, streams, meter, logger })
  await wire.ready()
  const data = new Listener(wire.routing, host, port, meter)

  const local = {
    get url () { return data.url },
    get controlUrl () { return controlListener.url },
    token,
    stats: () => meter.read(),
    resetStats: () => meter.reset(),
    settled: () => pending.settled(),
    flush: () => backend.flush(),
    faults: {
      current: () => faults.current,
      set (value: unknown) {
        faults.set(checkFaults(value))
        const ending = faults.current.filter(fault => fault.kind === 'end-streams')
        if (ending.length > 0) streams.end(command => faults.take([command], kind => kind === 'end-streams').fault !== undefined)
        return faults.refusing ? data.close() : data.open()
      }
    },
    async close () {
      pending.cancel()
      await Promise.all([data.close(), controlListener.close()])
      await pending.settled()
      await Promise.all([wire.close(), control.close()])
      await backend.close()
    }
  }
  const control = buildControl(local, logger)
  await control.ready()
  const controlListener = new Listener(control.routing, host, controlPort)
  await data.open()
  await controlListener.open()
  return local
}

function openBackend ({ redisUrl }: CheckedOptions, meter: Meter): Promise<Backend> {
  return redisUrl ? openRedis(redisUrl, meter) : openEmbedded(meter)
}
