import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { test } from 'tap'
import { readCommandLine } from '../../local/command-line.ts'
import { run } from '../../local/run.ts'
import { startFakeRedis } from './fake-redis.ts'

/** Runs the command within this process. */
function start (argv: string[], env: NodeJS.ProcessEnv = {}) {
  const printed: string[] = []
  const errors: string[] = []
  const signals = new EventEmitter()
  const greeted = once(signals, 'printed')
  const code = run({
    argv,
    env,
    signals,
    print: text => { printed.push(text); signals.emit('printed') },
    printError: text => errors.push(text)
  })
  return { code, signals, printed, errors, greeted }
}

const valueOf = (text: string, name: string) => new RegExp(`^${name}[=:] ?(\\S+)`, 'm').exec(text)?.[1] ?? ''

test('the command starts, says how to reach it, answers, and ends on SIGTERM', async t => {
  const child = fork(new URL('../../local/bin.ts', import.meta.url), ['--port', '0', '--control-port', '0', '--token', 'mine'], { silent: true })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  for await (const chunk of child.stdout!) {
    text += String(chunk)
    if (text.includes('backend:')) break
  }
  t.match(text, /for development and tests only; loopback/)
  t.equal(valueOf(text, 'UPSTASH_REDIS_REST_TOKEN'), 'mine')
  t.match(text, /backend: embedded/)
  const response = await fetch(`${valueOf(text, 'UPSTASH_REDIS_REST_URL')}/set/a/1`, { headers: { authorization: 'Bearer mine' } })
  t.same(await response.json(), { result: 'OK' })
  t.equal((await fetch(`${valueOf(text, 'control')}/stats`)).status, 200)
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})

test('a flag that it does not know: one line and exit code 1', async t => {
  const child = fork(new URL('../../local/bin.ts', import.meta.url), ['--prot', '1'], { silent: true })
  const errors: Buffer[] = []
  child.stderr!.on('data', chunk => errors.push(chunk))
  t.same(await once(child, 'close'), [1, null])
  t.match(String(Buffer.concat(errors)), /^fastify-upstash-local: Unknown option '--prot' \(see --help\)\n$/)
})

test('SIGINT ends it too', async t => {
  const { code, signals, greeted, errors } = start(['--port', '0', '--control-port', '0'])
  await greeted
  signals.emit('SIGINT')
  t.equal(await code, 0)
  t.same(errors, [])
})

test('once it is closing, a second signal of either kind is left to end the process', async t => {
  const { code, signals, greeted } = start(['--port', '0', '--control-port', '0'])
  await greeted
  signals.emit('SIGINT')
  await new Promise(resolve => setImmediate(resolve))
  t.equal(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM'), 0)
  t.equal(await code, 0)
})

test('an empty variable is none; one that makes no sense is named', async t => {
  const { code, signals, greeted, printed } = start(['--port', '0', '--control-port', '0'], { LOCAL_UPSTASH_PORT: 'x', LOCAL_UPSTASH_CONTROL_PORT: '', LOCAL_UPSTASH_TOKEN: '', LOCAL_UPSTASH_REDIS_URL: '' })
  await greeted
  t.equal(valueOf(printed[0]!, 'UPSTASH_REDIS_REST_TOKEN'), 'local-token')
  signals.emit('SIGTERM')
  t.equal(await code, 0)
  for (const [name, value] of [['LOCAL_UPSTASH_PORT', 'secret'], ['LOCAL_UPSTASH_CONTROL_PORT', '70000'], ['LOCAL_UPSTASH_REDIS_URL', 'secret'], ['LOCAL_UPSTASH_REDIS_URL', 'redis://:50%secret@x']]) {
    const { code, errors } = start([], { [name!]: value })
    t.equal(await code, 1)
    t.match(errors[0], new RegExp(`^fastify-upstash-local: ${name} (must be|is not|has a)`))
    t.notMatch(errors[0], 'secret')
  }
})

test('help', async t => {
  const { code, printed } = start(['-h'])
  t.equal(await code, 0)
  t.same(readCommandLine(['--help'], {}), undefined)
  t.match(readCommandLine([], {}), { port: 8079, controlPort: 8078, logger: false })
  for (const flag of ['--port', '--control-port', '--token', '--redis-url', '--log', '--help']) t.ok(printed[0]?.includes(flag), flag)
})

test('the environment stands in for flags, and flags come first', async t => {
  const env = { LOCAL_UPSTASH_PORT: '0', LOCAL_UPSTASH_CONTROL_PORT: '0', LOCAL_UPSTASH_TOKEN: 'from-env' }
  for (const [argv, token] of [[[], 'from-env'], [['--token', 'from-flag'], 'from-flag']] as const) {
    const { code, signals, greeted, printed } = start([...argv], env)
    await greeted
    t.equal(valueOf(printed[0]!, 'UPSTASH_REDIS_REST_TOKEN'), token)
    signals.emit('SIGTERM')
    t.equal(await code, 0)
  }
})

test("a Redis of one's own is named without its password", async t => {
  const { port } = await startFakeRedis(t, () => '+OK\r\n')
  const { code, signals, greeted, printed } = start(['--port', '0', '--control-port', '0'], { LOCAL_UPSTASH_REDIS_URL: `redis://me:secret@127.0.0.1:${port}` })
  await greeted
  t.match(printed[0], `backend: 127.0.0.1:${port}`)
  t.notMatch(printed[0], 'secret')
  signals.emit('SIGTERM')
  t.equal(await code, 0)
})

test('what cannot be is told in one line, with exit code 1', async t => {
  const wrong: Array<[argv: string[], message: RegExp]> = [
    [['--port', 'x'], /--port must be a whole number from 0 to 65535$/], [['--port', '70000'], /--port/], [['--control-port', '-'], /--control-port/],
    [['--port'], /--port/], [['--log=1'], /--log/], [['extra'], /Every argument must belong to an option \(see --help\)$/],
    [['--redis-url', 'redis://:secret@127.0.0.1:1'], /No Redis answers at 127\.0\.0\.1:1/], [['--redis-url', 'secret'], /: --redis-url is not a URL/], [['--token', ''], /token must not be empty/],
    [['redis://:secret@127.0.0.1:1'], /Every argument must belong/], [['--port', 'redis://:secret@127.0.0.1:1'], /--port must be/], [['--redis-ulr=redis://:secret@127.0.0.1:1'], /Unknown option '--redis-ulr'/]
  ]
  for (const [argv, message] of wrong) {
    const { code, errors, printed } = start(argv)
    t.equal(await code, 1, argv.join(' '))
    t.match(errors, [message])
    t.notMatch(errors[0], /\n|secret/)
    t.same(printed, [])
  }
})
