import { createHash } from 'node:crypto'
import { enforceKeyLocking } from './key-locking.ts'
import { bulkReply, commandName, type Command, type Reply } from './reply.ts'

/** A command as the backend must see it, and how its reply must look to the client. */
export interface Adapted { command: Command, restore?: (reply: Reply) => Reply }

/** Makes an Upstash script runnable on the backend. */
export type AdaptSource = (source: string) => string

const SHEBANG = /^#!lua([^\n]*)/

/**
 * Removes Upstash's own flag from the `#!lua` line, which Redis 7 would refuse. Where nothing else is said there,
 * the line goes too: a bare one makes Redis stricter, and EVALSHA_RO would refuse the script.
 */
export const withoutUpstashFlag: AdaptSource = source => source.replace(SHEBANG, (line, rest: string) => {
  if (!rest.includes('allow-key-locking')) return line
  const words = rest.trim().split(/\s+/).flatMap(word => {
    if (!word.startsWith('flags=')) return word
    const flags = word.slice('flags='.length).split(',').filter(flag => flag !== 'allow-key-locking')
    return flags.length > 0 ? `flags=${flags.join(',')}` : []
  })
  return words.length > 0 ? ['#!lua', ...words].join(' ') : ''
})

/** Removes the whole `#!lua` line but its line break, so that error messages keep their line numbers. */
export const withoutShebang: AdaptSource = source => source.replace(SHEBANG, '')

/** The commands that may run other commands, and so cost more than one. */
const RUNNERS = new Set(['eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro'])

export function runsScript (command: Command): boolean {
  return RUNNERS.has(commandName(command))
}

/**
 * Changes script sources on their way to the backend and keeps which digest the client knows them by, so
 * that EVALSHA with the digest of the original source works.
 */
export class Scripts {
  readonly #adapt: AdaptSource
  readonly #backendDigests = new Map<string, string>()

  constructor (adapt: AdaptSource) {
    this.#adapt = adapt
  }

  adapt (command: Command): Adapted {
    const [verb = '', second = '', ...rest] = command
    switch (commandName(command)) {
      case 'eval': case 'eval_ro':
        return { command: [verb, this.#source(second), ...rest] }
      case 'evalsha': case 'evalsha_ro':
        return { command: [verb, this.#digest(second), ...rest] }
      case 'script':
        return this.#scriptCommand(command)
      default:
        return { command }
    }
  }

  #scriptCommand (command: Command): Adapted {
    const [verb = '', subcommand = '', ...rest] = command
    switch (String(subcommand).toLowerCase()) {
      case 'load': {
        const [source = ''] = rest
        return {
          command: [verb, subcommand, ...rest.map(one => this.#source(one))],
          restore: reply => reply.kind === 'bulk' ? bulkReply(digestOf(source)) : reply
        }
      }
      case 'exists':
        return { command: [verb, subcommand, ...rest.map(one => this.#digest(one))] }
      default:
        return { command }
    }
  }

  #source (source: string | Buffer): string | Buffer {
    const original = source.toString()
    const adapted = this.#adapt(enforceKeyLocking(original))
    if (adapted === original) return source
    this.#backendDigests.set(digestOf(source), digestOf(adapted))
    return adapted
  }

  #digest (digest: string | Buffer): string | Buffer {
    return this.#backendDigests.get(digest.toString().toLowerCase()) ?? digest
  }
}

function digestOf (source: string | Buffer): string {
  return createHash('sha1').update(source).digest('hex')
}
