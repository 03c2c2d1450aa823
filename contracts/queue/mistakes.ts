import type { AddOptions, JobData } from '../../plugins/queue-stub/index.ts'

/** Calls that no queue can mean anything by, with the code for each. */
export function mistakes (): Array<[code: string, name: string, data: JobData, options?: AddOptions]> {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const inexact: unknown[] = [
    undefined, Boolean, Symbol('s'), 1n, NaN, Infinity, cycle, new Date(0), new Map(), /x/, new (class Point { x = 1 })(),
    [undefined], new Array(1), [new Date(0)], { a: { b: -Infinity } }, { f: Boolean }, { a: 1, toJSON: () => 1 }, { [Symbol('s')]: 1 },
    Object.assign([1], { more: 2 }), nested(201)
  ]
  const options: unknown[] = [
    null, 'fast', { jobId: '' }, { jobId: 5 }, { jobId: 'a b' }, { jobId: 'x'.repeat(257) }, { delay: -1 }, { delay: NaN }, { delay: 0.5 },
    { delay: '5' }, { attempts: 0 }, { attempts: Infinity }, { priority: -1 }, { backoff: 5 }, { backoff: { type: 'linear', delay: 1 } },
    { backoff: { type: 'fixed' } }, { backoff: { type: 'fixed', delay: 1, jitter: 1 } }, { unknown: 1, delay: -1 }
  ]
  return [
    ...['', 'a b', 'x'.repeat(129), 'a\n', undefined, 5].map(name => ['FST_QUEUE_INVALID_NAME', name, {}] as [string, string, JobData]),
    ...inexact.map(data => ['FST_QUEUE_INVALID_DATA', 'job', data] as [string, string, JobData]),
    ...options.map(options => ['FST_QUEUE_INVALID_JOB_OPTION', 'job', {}, options] as [string, string, JobData, AddOptions])
  ]
}

/** Lists within lists. */
export function nested (levels: number): JobData {
  return levels === 0 ? 0 : [nested(levels - 1)]
}
