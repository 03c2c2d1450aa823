import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { rewrite } from '../bench/readme.ts'
import { table } from '../bench/markdown.ts'
import { knownFailures, type KnownFailures } from './http-cache/known-failures.ts'
import { Suite } from './http-cache/suite.ts'
import { count, judge } from './http-cache/verdict.ts'
import { installApart } from './install-apart.ts'
import { watch } from './watch.ts'

// The public HTTP cache test-suite (https://github.com/http-tests/cache-tests) on demo:proxy, as anybody would run it. The package
// that npm has of it is older than its repository, of which --suite names a checkout.

const { values } = parseArgs({
  options: {
    suite: { type: 'string' },
    'local-endpoint': { type: 'boolean', default: false },
    /** Write the table into bench/README.md. */
    readme: { type: 'boolean', default: false }
  }
})
const PACKAGE = new URL('http-cache/suite/', import.meta.url)
if (values.suite === undefined) await installApart(PACKAGE)
const suite = new Suite(values.suite ?? new URL('node_modules/http-cache-tests', PACKAGE).pathname)

const edition = values.suite === undefined ? 'package' : 'repository'
const known: KnownFailures = knownFailures[edition]

const tests = await suite.tests()
const results = await run()
const { passed, explained, unexplained, outdated } = judge(tests, results, known)

const compared = [['**fastify-upstash**', results] as const, ...await suite.published()].map(([name, results]) => {
  return { name, required: count(tests, results, 'required'), optimal: count(tests, results, 'optimal') }
}).toSorted((a, b) => b.required.passed - a.required.passed)
const score = table(['cache', 'required tests passed >', 'optimal tests passed >'], compared.map(({ name, required, optimal }) => {
  return [name, `${required.passed} of ${required.total}`, `${optimal.passed} of ${optimal.total}`]
}))
console.log(`${score}\n`)
if (values.readme) {
  const reasons = table(['required test that fails', 'why'], explained.map(id => [`\`${id}\``, known[id] ?? '']))
  const heading = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${await suite.version()}:`
  await rewrite(`test:http-cache ${edition}`, `${heading}\n\n${score}\n\n${reasons}`)
}
for (const id of explained) console.log(`known   ${id}: ${known[id]}`)
for (const [id, complaint] of unexplained) console.log(`not ok  ${id}: ${complaint}`)
for (const id of outdated) console.log(`not ok  ${id} passes: remove it from scripts/http-cache/known-failures.ts`)
console.log(`${passed.length} of ${passed.length + explained.length + unexplained.size} required tests pass, ${explained.length} fail for a known reason`)

const failed = unexplained.size + outdated.length
console.log(`${passed.length - outdated.length} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function run () {
  const origin = await suite.startOrigin()
  const args = ['--import', 'tsx', new URL('demo-proxy.ts', import.meta.url).pathname, '--origin', origin.url, '--port', '0']
  const proxy = watch(spawn(process.execPath, [...args, ...values['local-endpoint'] ? ['--local-endpoint'] : []], { stdio: ['ignore', 'pipe', 'inherit'] }))
  try {
    const [url = ''] = (await proxy.line(/ forwards to /)).split(' ')
    return await suite.run(url)
  } finally {
    await proxy.stop()
    await origin.stop()
  }
}
