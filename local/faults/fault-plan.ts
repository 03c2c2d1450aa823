import type { Fault } from './fault.ts'

/** What happens to one request. */
export interface Verdict {
  delayMs: number
  fault?: Fault
}

type Delay = Extract<Fault, { kind: 'delay' }>
type Aimed = Exclude<Fault, { kind: 'refuse' }>

/** The faults in force. Decides what each request meets, and counts down `times`. */
export class FaultPlan {
  readonly #random: () => number
  #faults: Fault[] = []

  constructor (random: () => number) {
    this.#random = random
  }

  /** The faults still in force, with the times that are left. */
  get current (): Fault[] {
    return this.#faults.map(fault => ({ ...fault }))
  }

  set (faults: Fault[]): void {
    this.#faults = faults.map(fault => ({ ...fault }))
  }

  get refusing (): boolean {
    return this.#faults.some(fault => fault.kind === 'refuse')
  }

  /**
   * What meets a request with these commands (lower-case names).
   * @param applies which kinds make sense for it; others are left for later requests
   */
  take (commands: readonly string[], applies: (kind: Fault['kind']) => boolean): Verdict {
    const verdict: Verdict = { delayMs: 0 }
    for (const fault of [...this.#faults]) {
      if (fault.kind === 'refuse' || !applies(fault.kind)) continue
      if (fault.kind === 'delay') {
        if (this.#strikes(fault, commands)) verdict.delayMs += this.#delayOf(fault)
      } else if (!verdict.fault && this.#strikes(fault, commands)) {
        verdict.fault = fault
      }
    }
    return verdict
  }

  #strikes (fault: Aimed, commands: readonly string[]): boolean {
    if (fault.command !== undefined && !commands.includes(fault.command.toLowerCase())) return false
    if (fault.probability !== undefined && this.#random() >= fault.probability) return false
    if (fault.times !== undefined && --fault.times === 0) this.#faults = this.#faults.filter(other => other !== fault)
    return true
  }

  #delayOf ({ ms, jitter = 0 }: Delay): number {
    return ms + this.#random() * jitter
  }
}
