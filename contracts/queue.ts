import type { Queue } from '../plugins/queue-stub/index.ts'
import { contractCases, type ContractCase } from './contract-case.ts'
import { PATIENCE } from './expect.ts'
import { adding } from './queue/adding.ts'
import { handlers } from './queue/handlers.ts'
import { lifetime } from './queue/lifetime.ts'
import { lists } from './queue/lists.ts'
import { options } from './queue/options.ts'
import { schedules } from './queue/schedules.ts'
import type { QueueCases } from './queue/subject.ts'
import { Worker } from './queue/worker.ts'

export interface QueueContractOptions {
  /** A queue that no other case has used, and what takes it down as the end of its app would, which may be called twice. */
  create: () => Promise<{ queue: Queue, close: () => Promise<void> }>
  /** Milliseconds in which an accepted job must have run; default 10,000. */
  patience?: number | undefined
}

const CASES: QueueCases = { ...adding, ...options, ...lists, ...schedules, ...handlers, ...lifetime }

/** What every `Queue` keeps. Whatever it says that it can do, it is held to. */
export function queueContract ({ create, patience = PATIENCE }: QueueContractOptions): ContractCase[] {
  return contractCases({
    cases: Object.entries(CASES).map(([name, check]) => ({ name, check })),
    create: async () => {
      const { queue, close } = await create()
      const worker = new Worker(queue, 'job', patience)
      return { subject: { queue, worker, takes: queue.enabled || worker.active, close }, close }
    }
  })
}
