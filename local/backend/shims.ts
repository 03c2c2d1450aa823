import { commandName, type Command } from './reply.ts'

/** Commands that js-redis-server 0.3.0 lacks or reads too strictly, put in words that it knows. */
export function shim (command: Command): Command {
  switch (commandName(command)) {
    case 'echo':
      return command.length === 2 ? ['PING', ...command.slice(1)] : command
    case 'xadd': case 'xtrim':
      return withoutExactSign(command)
    default:
      return command
  }
}

/** `MAXLEN = 10` is `MAXLEN 10`. Only the first occurrence: what follows may be a field of that name. */
function withoutExactSign (command: Command): Command {
  const sign = command.findIndex((word, at) => at > 1 && isTrimming(command[at - 1]) && String(word) === '=')
  return sign === -1 ? command : command.toSpliced(sign, 1)
}

function isTrimming (word: string | Buffer | undefined): boolean {
  return /^(maxlen|minid)$/i.test(String(word))
}
