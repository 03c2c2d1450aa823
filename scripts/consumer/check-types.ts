import type { Report } from '../report.ts'
import { succeeds, type ConsumerProject } from './project.ts'

// No skipLibCheck: our declarations, and all that they lead to, have to hold by themselves.
const STRICT = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']

/** Each is one mistake, and the compiler has to find every one: if it does not, our types have become `any` somewhere. */
const MISTAKES = [
  'app.upstash.ping()',
  'app.upstash?.pong()',
  "app.upstash?.send(['SET', 'key', true])",
  "app.register(upstashEnv, { urls: 'https://example.upstash.io' })",
  "app.register(clientAlone, { timeLimit: '500' })",
  "app.cache.set('key', 1, { tll: 60 })",
  "app.cache.get(['id', undefined])",
  "app.queue.add('export', {}, { delay: '5' })",
  "app.presence.connect({ userId: 'ann', status: 'asleep' })",
  "withFault({ kind: 'explode' })"
]

export async function checkTypes (project: ConsumerProject, report: Report): Promise<void> {
  const compile = (file: string) => project.run(process.execPath, ['node_modules/typescript/bin/tsc', ...STRICT, file])
  const source = await project.read('typed.ts')
  for (const [extension, kind] of [['mts', 'an ES module'], ['cts', 'CommonJS']]) {
    await project.write(`typed.${extension}`, source)
    await report.check(`${kind} in strict TypeScript compiles, and so do our declarations`, () => succeeds(compile(`typed.${extension}`)))

    await project.write(`mistaken.${extension}`, `${source}\n${MISTAKES.join('\n')}\n`)
    await report.check(`${kind} in strict TypeScript is told of ${MISTAKES.length} mistakes`, async () => {
      const { output } = await compile(`mistaken.${extension}`)
      const lines = new Set(Array.from(output.matchAll(/^mistaken\.\w+\((\d+),/gm), ([, line]) => Number(line)))
      const first = source.split('\n').length + 1
      const missed = MISTAKES.filter((_mistake, index) => !lines.has(first + index))
      if (missed.length > 0 || lines.size !== MISTAKES.length) throw new Error(`missed: ${missed.join('; ') || 'none'}\n${output}`)
    })
  }
}
