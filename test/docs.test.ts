import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { startLocal } from './local.ts'

const ROOT = new URL('../', import.meta.url)
const SOURCES: Record<string, string> = {
  'fastify-upstash': 'index.ts',
  'fastify-upstash/env': 'plugins/env/index.ts',
  'fastify-upstash/upstash-client': 'plugins/upstash-client/index.ts',
  'fastify-upstash/cache': 'plugins/cache/index.ts',
  'fastify-upstash/response-cache': 'plugins/response-cache/index.ts',
  'fastify-upstash/presence': 'plugins/presence/index.ts',
  'fastify-upstash/queue-stub': 'plugins/queue-stub/index.ts',
  'fastify-upstash/contracts': 'contracts/index.ts',
  'fastify-upstash/local': 'local/index.ts'
}

/** What to ask of the app that a page's only example with an app makes. */
const REQUESTS: Record<string, string[]> = {
  'README.md': ['/stock/7'],
  'docs/revoke-a-right.md': ['/may-write/ada'],
  'docs/deploy.md': ['/health'],
  'docs/move-here.md': ['/patients/7'],
  'docs/tags-and-stamps.md': ['/patients/7', '/report', '/report'],
  'docs/stampede.md': ['/beds/2026-11', '/beds/2026-12'],
  'docs/stale-and-grace.md': ['/rates/USD', '/wards/1', '/wards/2'],
  'docs/memory-tier.md': ['/catalogue/R03', '/figures'],
  'docs/redis-down.md': ['/beds', '/beds/free', '/cache'],
  'docs/keys-and-types.md': ['/in-patients/7', '/in-patients?page=2', '/in-patients/7'],
  'docs/prices.md': ['/prices'],
  'docs/cache-a-route.md': ['/wards', '/wards', '/reports/7?page=1', '/logo'],
  'docs/response-cache.md': ['/list', '/list'],
  'docs/cache.md': ['/patients?page=1&sort=name', '/patients', '/patients/7', '/patients/7']
}

/** An example of a page as a module of its own, that imports the sources of the package and listens on any port. */
function runnable (example: string): string {
  const linked = example.replace(/from '(fastify-upstash[^']*)'/g, (_, name: string) => `from '${new URL(SOURCES[name] ?? name, ROOT).href}'`)
  return linked.replace('port: 3000', 'port: 0').replace('logger: true', 'logger: false') + (/^const app = /m.test(example) ? '\nexport { app }\n' : '')
}

test('every example of the README and of docs/ runs', async t => {
  const local = await startLocal(t)
  const kept = { ...process.env }
  t.after(() => { process.env = kept })
  Object.assign(process.env, { UPSTASH_REDIS_REST_URL: local.url, UPSTASH_REDIS_REST_TOKEN: local.token })
  const folder = new URL('.tap/examples/', ROOT)
  await mkdir(folder, { recursive: true })
  const pages = ['README.md', ...(await readdir(new URL('docs/', ROOT))).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)]
  let examples = 0
  for (const page of pages) {
    for (const [, example = ''] of (await readFile(new URL(page, ROOT), 'utf8')).matchAll(/^```ts\n(.*?)^```/gms)) {
      const file = new URL(`example-${++examples}.ts`, folder)
      await writeFile(file, runnable(example))
      const { app } = await import(file.href) as { app?: FastifyInstance }
      for (const url of REQUESTS[page] ?? []) t.equal((await app?.inject(url))?.statusCode, 200, `${page}: ${url}`)
      await app?.close()
      t.pass(page)
    }
  }
  t.ok(examples >= 3, `${examples} examples`)
  t.ok(local.stats().commands > 0, 'they reached Redis')
})

test('every link between the pages leads to a file', async t => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md', ...(await readdir(new URL('docs/', ROOT))).filter(name => name.endsWith('.md')).map(name => `docs/${name}`)]) {
    const text = await readFile(new URL(page, ROOT), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      await t.resolves(readFile(new URL(target, new URL(page, ROOT))), `${page} → ${target}`)
    }
  }
})

test('every test that docs/security.md names is in the file that it names', async t => {
  const page = await readFile(new URL('docs/security.md', ROOT), 'utf8')
  const named = [...page.matchAll(/^- `(test\/[^`]+)`: (.+)$/gm)]
  for (const [, file = '', name = ''] of named) t.ok(testsIn(await readFile(new URL(file, ROOT), 'utf8')).includes(name), `${file}: ${name}`)
  for (const [, threat = '', text = ''] of page.matchAll(/^## (.+)\n([^]*?)(?=^## |(?![^]))/gm)) {
    if (text.includes('**Attack.**')) t.match(text, /\*\*Defence\.\*\*[^]*^- `test\//m, `${threat}: has a defence and a test`)
  }
})

/** Names of a file's tests; `…` stands for what is put into one. */
function testsIn (source: string): string[] {
  return [...source.matchAll(/^ *test\((['`])((?:\\.|(?!\1).)*)\1/gm)].map(([, , name = '']) => name.replace(/\$\{[^}]*\}/g, '…').replace(/\\(.)/g, '$1'))
}
