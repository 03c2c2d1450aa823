import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { devNull } from 'node:os'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { watch } from '../watch.ts'

/** What the suite says of a test. */
export interface SuiteTest {
  id: string
  name: string
  /** Missing: `required`. */
  kind?: 'required' | 'optimal' | 'check'
  /** For caches of browsers alone. */
  browser_only?: boolean
  /** Tests without which this one says nothing. */
  depends_on?: string[]
}

/** By id: true, or what went wrong. */
export type Results = Record<string, true | [kind: string, message: string]>

/** The public HTTP cache test-suite: its package, or a checkout of its repository, which has moved files since. */
export class Suite {
  readonly #folder: URL
  readonly #engine: URL

  constructor (folder: string) {
    this.#folder = pathToFileURL(`${folder}/`)
    const engine = new URL('test-engine/', this.#folder)
    this.#engine = existsSync(engine) ? engine : this.#folder
  }

  /** Which it is, in words. */
  async version (): Promise<string> {
    const git = spawn('git', ['log', '-1', '--format=%h of %cs'], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'ignore'] })
    const [commit, [code]] = await Promise.all([text(git.stdout), once(git, 'close')])
    if (this.#engine !== this.#folder && code === 0) return `the repository at ${commit.trim()}`
    const { version } = JSON.parse(await readFile(new URL('package.json', this.#folder), 'utf8')) as { version: string }
    return `the package ${version}`
  }

  /** Those for caches between clients and servers. */
  async tests (): Promise<SuiteTest[]> {
    const { default: groups } = await import(new URL('tests/index.mjs', this.#folder).href) as { default: Array<{ tests: SuiteTest[] }> }
    return groups.flatMap(({ tests }) => tests).filter(test => test.browser_only !== true)
  }

  /** Its origin server, on a free port. */
  async startOrigin (): Promise<{ url: string, stop: () => Promise<void> }> {
    const child = this.#node('server/server.mjs', { protocol: 'http', port: '0', pidfile: devNull })
    const { stop, line } = watch(child)
    const port = (await line(/^Listening on /)).match(/:(\d+)\/$/)?.[1]
    return { url: `http://127.0.0.1:${port}`, stop }
  }

  /** Its client, on a cache in front of the origin. */
  async run (base: string): Promise<Results> {
    const child = this.#node('cli.mjs', { base, id: '' })
    const [printed, [code]] = await Promise.all([text(child.stdout ?? process.stdin), once(child, 'close')])
    if (code !== 0) throw new Error(`the suite's client ended with ${code}`)
    return JSON.parse(printed) as Results
  }

  /** What its authors measured of other caches, by name. */
  async published (): Promise<Map<string, Results>> {
    const folder = new URL('results/', this.#folder)
    const { default: index } = await import(new URL('index.mjs', folder).href) as { default: Array<{ file: string, name: string, type: string }> }
    const files = await readdir(folder)
    const others = index.filter(({ file, type }) => type !== 'browser' && files.includes(file))
    return new Map(await Promise.all(others.map(async ({ file, name }) => {
      return [name, JSON.parse(await readFile(new URL(file, folder), 'utf8')) as Results] as const
    })))
  }

  /** It takes its options from npm. */
  #node (file: string, options: Record<string, string>): ChildProcess {
    const env = Object.fromEntries(Object.entries(options).flatMap(([name, value]) => [[`npm_config_${name}`, value], [`npm_package_config_${name}`, value]]))
    return spawn(process.execPath, ['--no-warnings', new URL(file, this.#engine).pathname], {
      cwd: this.#folder, env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'inherit']
    })
  }
}
