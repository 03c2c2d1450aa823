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

/** `MAXLEN = 10` is `MAXLEN 10`. Trimming stands right after the key, so a field called maxlen is safe. */
function withoutExactSign (command: Command): Command {
  const words = command.map(word => String(word).toLowerCase())
  const trimming = words[2] === 'nomkstream' ? 3 : 2
  const exact = ['maxlen', 'minid'].includes(String(words[trimming])) && words[trimming + 1] === '='
  return exact ? command.toSpliced(trimming + 1, 1) : command
}
