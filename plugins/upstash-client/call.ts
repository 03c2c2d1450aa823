import { describe, isReadOnly, serialize } from './command.ts'
import { InvalidCommandError } from './errors.ts'
import type { Command, RunOptions } from './interface.ts'

export type CallPath = '/' | '/pipeline' | '/multi-exec'

/** A request as it goes out, with what its transport, its retry and its errors need to know of it. */
export class Call {
  readonly path: CallPath
  readonly commands: readonly Command[]
  readonly body: string
  readonly readOnly: boolean
  /** May be sent again when the connection failed: a write sent twice could undo a newer one. */
  readonly repeatable: boolean
  readonly innerCalls: number
  /** Milliseconds; undefined: the client's own. */
  readonly timeLimit: number | undefined

  /** Throws an `InvalidCommandError` for a command that cannot be sent as it is. */
  constructor (path: CallPath, commands: readonly Command[], options: RunOptions = {}) {
    this.path = path
    this.commands = commands
    this.body = serialize(commands, path === '/' ? 'single' : 'batch')
    this.readOnly = commands.every(isReadOnly)
    this.repeatable = options.idempotent ?? this.readOnly
    this.innerCalls = options.innerCalls ?? 0
    this.timeLimit = options.timeLimit
    if (!isTimeLimit(options.timeLimit)) throw new InvalidCommandError(this.toString(), 'timeLimit is no number of milliseconds from 1 to 2147483647')
  }

  /** For error messages, of the whole call or of one of its commands: names and numbers, no arguments. */
  toString (index?: number): string {
    const command = index === undefined ? undefined : this.commands[index]
    return describe(command === undefined ? this.commands : [command])
  }
}

// A timer that cannot hold its delay fires at once, which would be told as a slow Redis.
function isTimeLimit (ms: number | undefined): boolean {
  return ms === undefined || (ms >= 1 && ms < 2 ** 31)
}
