import { describe, isReadOnly, serialize } from './command.ts'
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

  /** Throws an `InvalidCommandError` for a command that cannot be sent as it is. */
  constructor (path: CallPath, commands: readonly Command[], options: RunOptions = {}) {
    this.path = path
    this.commands = commands
    this.body = serialize(commands, path === '/' ? 'single' : 'batch')
    this.readOnly = commands.every(isReadOnly)
    this.repeatable = options.idempotent ?? this.readOnly
    this.innerCalls = options.innerCalls ?? 0
  }

  /** For error messages, of the whole call or of one of its commands: names and numbers, no arguments. */
  toString (index?: number): string {
    const command = index === undefined ? undefined : this.commands[index]
    return describe(command === undefined ? this.commands : [command])
  }
}
