import type { Meter } from '../meter.ts'
import { innerCalls, STATISTICS } from './command-stats.ts'
import { commandName, errorReply, replyText, type Command, type ErrorReply, type Reply } from './reply.ts'
import { runsScript, type Adapted } from './scripts.ts'

/** What differs between the Redis servers behind the endpoint. */
export interface Dialect {
  adapt (command: Command): Adapted
  /** Whether the calls of scripts are read from INFO commandstats; otherwise the server reports them by itself. */
  readsStatistics: boolean
  /** The commands that empty it, and nothing beside it that others may use. */
  emptying: readonly Command[]
}

/** Commands that go to Redis in one write, and how their replies make the answer to what the client sent. */
export interface Exchange {
  commands: Command[]
  fold (replies: Reply[]): Reply[] | ErrorReply
}

/** One command. A script is put between two readings of the statistics where the dialect needs that. */
export function single (command: Command, dialect: Dialect, meter: Meter): Exchange {
  if (dialect.readsStatistics && runsScript(command)) return atomic([command], dialect, meter)
  meter.command(commandName(command))
  const adapted = dialect.adapt(command)
  return { commands: [adapted.command], fold: replies => restored(replies, [adapted]) }
}

/** MULTI … EXEC, with the statistics read inside it, where no other client can come in between. */
export function atomic (commands: readonly Command[], dialect: Dialect, meter: Meter): Exchange {
  for (const command of commands) meter.command(commandName(command))
  const adapted = commands.map(command => dialect.adapt(command))
  const own = adapted.map(({ command }) => command)
  const measured = dialect.readsStatistics && own.some(runsScript)
  const body = measured ? [STATISTICS, ...own, STATISTICS] : own

  return {
    commands: [['MULTI'], ...body, ['EXEC']],
    fold (replies) {
      const results = executed(replies)
      if (!Array.isArray(results)) return results
      if (!measured) return restored(results, adapted)
      const inner = innerCalls(replyText(results[0]), replyText(results.at(-1)), own)
      for (const [name, count] of inner) meter.innerCalls(name, count)
      return restored(results.slice(1, -1), adapted)
    }
  }
}

/** What EXEC gave; or the error of the command that could not be queued, which says more than EXECABORT. */
function executed (replies: Reply[]): Reply[] | ErrorReply {
  const refused = replies.find(reply => reply.kind === 'error')
  if (refused) return refused
  const exec = replies.at(-1)
  return exec?.kind === 'array' ? exec.items : errorReply('EXECABORT Transaction discarded')
}

function restored (replies: Reply[], adapted: Adapted[]): Reply[] {
  return replies.map((reply, at) => adapted[at]?.restore?.(reply) ?? reply)
}
