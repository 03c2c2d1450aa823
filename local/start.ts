import { build } from './build.ts'
import { buildControl } from './control.ts'
import { checkFaults } from './faults/check-fault.ts'
import type { FaultPlan } from './faults/fault-plan.ts'
import { Listener } from './listener.ts'
import type { LocalFaults, LocalUpstash } from './local-upstash.ts'
import { checkOptions, type LocalOptions } from './options.ts'
import type { OpenStreams } from './wire/server-sent-events.ts'

/**
 * Starts an Upstash-compatible endpoint on loopback, for development and tests only.
 * Throws `LocalOptionError`, `EmbeddedBackendMissingError`, `BackendLostError`, or the system's error for a port in use.
 *
 * @example
 * const local = await startLocalUpstash()
 * const redis = new Redis({ url: local.url, token: local.token })
 */
export async function startLocalUpstash (options: LocalOptions = {}): Promise<LocalUpstash> {
  const checked = checkOptions(options)
  const { wire, backend, meter, pending, faults, streams } = await build(checked)
  await wire.ready()
  const data = new Listener(wire.routing, checked.host, checked.port, meter)
  let closing: Promise<void> | undefined

  const local: LocalUpstash = {
    get url () { return data.url },
    get controlUrl () { return controls.url },
    token: checked.token,
    faults: switchboard(faults, data, streams),
    stats: () => meter.read(),
    resetStats: () => meter.reset(),
    settled: () => pending.settled(),
    flush: () => backend.flush(),
    close: () => (closing ??= close())
  }
  const control = buildControl(local, checked.logger)
  await control.ready()
  const controls = new Listener(control.routing, checked.host, checked.controlPort)

  try {
    await data.open()
    await controls.open()
  } catch (error) {
    await local.close()
    throw error
  }
  return local

  async function close (): Promise<void> {
    pending.cancel()
    await Promise.all([data.end(), controls.end()])
    await backend.close()   // before waiting: a Redis that does not answer would keep us for ever
    await pending.settled()
    await Promise.all([wire.close(), control.close()])
  }
}

function switchboard (faults: FaultPlan, data: Listener, streams: OpenStreams): LocalFaults {
  const endsStreams = (command: string) => faults.take([command], kind => kind === 'end-streams').fault !== undefined
  return {
    current: () => faults.current,
    async set (value) {
      faults.set(checkFaults(value))
      streams.end(endsStreams)
      await (faults.refusing ? data.close() : data.open())
    }
  }
}
