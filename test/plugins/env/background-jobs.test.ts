import Fastify from 'fastify'
import { test } from 'tap'
import upstashEnv, { type BackgroundJobs } from '../../../plugins/env/index.ts'

async function backgroundJobs (value: string | undefined): Promise<BackgroundJobs> {
  const app = Fastify()
  await app.register(upstashEnv, { env: { DISABLE_BACKGROUND_JOBS: value } })
  await app.close()
  return app.upstashConfig.backgroundJobs
}

test('DISABLE_BACKGROUND_JOBS is true or false in the words that people use', async t => {
  for (const word of ['true', 'TRUE', '1', 'yes', 'Yes', 'on', ' on\n']) t.same(await backgroundJobs(word), { disabled: true, source: 'environment' }, word)
  for (const word of ['false', 'False', '0', 'no', 'off', ' OFF ']) t.same(await backgroundJobs(word), { disabled: false, source: 'environment' }, word)
})

test('background jobs are disabled where the variable is missing or empty', async t => {
  for (const value of [undefined, '', '  ']) t.same(await backgroundJobs(value), { disabled: true, source: 'default' })
})

test('what is not understood means the default; the problem is told without the value, of which a log gets the beginning', async t => {
  const problem = 'DISABLE_BACKGROUND_JOBS is none of true, 1, yes, on, false, 0, no, off'
  t.same(await backgroundJobs('"maybe"'), { disabled: true, source: 'default', problem, found: '"maybe"' })
  t.match(await backgroundJobs('x'.repeat(17)), { problem, found: `${'x'.repeat(16)}…` })
  t.match(await backgroundJobs('x'.repeat(16)), { found: 'x'.repeat(16) })
  for (const word of ['__proto__', 'constructor']) t.match(await backgroundJobs(word), { disabled: true, problem, found: word })
})
