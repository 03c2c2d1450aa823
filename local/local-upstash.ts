import type { Fault } from './faults/fault.ts'
import type { LocalStats } from './meter.ts'

/** A running local endpoint. */
export interface LocalUpstash {
  /** Address for clients, such as `http://127.0.0.1:49152`. */
  readonly url: string
  /** Token for clients. */
  readonly token: string
  /** Address of the control endpoint. */
  readonly controlUrl: string
  readonly faults: LocalFaults
  /** What was asked since the start or the last reset. Exact: a reply leaves only after it was counted. */
  stats (): LocalStats
  resetStats (): void
  /** Resolves once no execution is under way or due, be it delayed, late or a duplicate. */
  settled (): Promise<void>
  /**
   * Empties the database and the script cache; the embedded backend loses its functions too. Those of a Redis of
   * yours stay: other databases of that server may use them. Faults do not touch it, the figures leave it out.
   */
  flush (): Promise<void>
  /** Closes both ports, all sockets and the embedded backend. Executions that are still due are given up. */
  close (): Promise<void>
}

export interface LocalFaults {
  /**
   * Replaces the faults in force; null lifts them all. In force when the call returns, but `refuse`, which is
   * when the promise resolves. Rejects with {@link FaultError} for a fault that cannot be.
   */
  set (faults: Fault | readonly Fault[] | null): Promise<void>
  /** The faults still in force, with the times that are left of each. */
  current (): Fault[]
}
