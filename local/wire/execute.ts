import type { Backend } from '../backend/backend.ts'
import { errorReply, type Command, type Reply } from '../backend/reply.ts'
import { answerError, answerMany, answerOne, type Answer, type Format } from './encoding.ts'
import { refusal } from './refusals.ts'
import type { WireRequest } from './wire-request.ts'

/** All forms but streams, which have no end to wait for. */
export type ExecutableRequest = Exclude<WireRequest, { form: 'stream' }>

/** Executes a request and makes its answer. */
export async function execute (request: ExecutableRequest, format: Format, backend: Backend): Promise<Answer> {
  switch (request.form) {
    case 'command': {
      const [reply = errorReply('ERR no reply')] = await runEach([request.command], backend)
      return answerOne(reply, format)
    }
    case 'pipeline':
      return answerMany(await runEach(request.commands, backend), format)
    case 'transaction':
      return transaction(request.commands, format, backend)
  }
}

/** Runs what REST offers; a command that it does not offer gets its error in its own place. */
async function runEach (commands: readonly Command[], backend: Backend): Promise<Reply[]> {
  const refusals = commands.map(refusal)
  const replies = await backend.pipeline(commands.filter((_command, at) => !refusals[at]))
  let at = 0
  return refusals.flatMap(refused => refused ?? replies.slice(at, ++at))
}

/** One command that cannot be run discards the whole. Always JSON: resp2 does not apply to transactions. */
async function transaction (commands: readonly Command[], format: Format, backend: Backend): Promise<Answer> {
  const outcome = commands.map(refusal).find(refused => refused) ?? await backend.transaction(commands)
  return Array.isArray(outcome) ? answerMany(outcome, format === 'resp2' ? 'json' : format) : answerError(outcome.message, 400)
}
