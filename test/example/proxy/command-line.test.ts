import { test } from 'tap'
import { CommandLineError, readCommandLine } from '../../../example/proxy/index.ts'

test('the command needs an origin and has defaults for the rest', async t => {
  t.strictSame(readCommandLine(['--origin', 'http://localhost:8080']), { origin: new URL('http://localhost:8080'), port: 3000, localEndpoint: false })
  t.strictSame(readCommandLine(['--origin', 'https://example.org/', '--port', '0', '--local-endpoint']), {
    origin: new URL('https://example.org'), port: 0, localEndpoint: true
  })
  t.equal(readCommandLine(['--help']), undefined)
})

test('what makes no sense is refused in one line that says what to give', async t => {
  const origin = '--origin must be http:// or https:// with a host and maybe a port, and nothing more'
  const cases: Array<[argv: string[], message: string]> = [
    [[], '--origin is missing (see --help)'],
    [['--origin', 'localhost:8080'], origin],
    [['--origin', 'example'], origin],
    [['--origin', 'ftp://example.org'], origin],
    [['--origin', 'http://example.org/path'], origin],
    [['--origin', 'http://example.org?query'], origin],
    [['--origin', 'http://user:password@example.org'], origin],
    [['--origin', 'http://example.org', '--port', '65536'], '--port must be a whole number from 0 to 65535'],
    [['--origin', 'http://example.org', '--port', 'x'], '--port must be a whole number from 0 to 65535'],
    [['--origin'], "Option '--origin <value>' argument missing (see --help)"],
    [['--nonsense'], "Unknown option '--nonsense' (see --help)"],
    [['nonsense'], "Unexpected argument 'nonsense' (see --help)"]
  ]
  for (const [argv, message] of cases) t.throws(() => readCommandLine(argv), new CommandLineError(message), argv.join(' '))
})
