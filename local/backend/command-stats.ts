import type { Command } from './reply.ts'
import { commandName } from './reply.ts'

/** Asked before and after a script: the difference is what the script called. */
export const STATISTICS: Command = ['INFO', 'commandstats']

/** Reads `cmdstat_xgroup|create:calls=2,…` lines; subcommands count for their command. */
export function parseCommandStats (text: string): Map<string, number> {
  const calls = new Map<string, number>()
  for (const [, name, count] of text.matchAll(/^cmdstat_([^|:]+)[^:]*:calls=(\d+)/gm)) {
    if (name) calls.set(name, (calls.get(name) ?? 0) + Number(count))
  }
  return calls
}

/**
 * Calls that scripts made between two snapshots taken within one transaction, which keeps other clients out.
 * @param outer the transaction's own commands, which the server counted as well, once the first snapshot was made
 */
export function innerCalls (before: string, after: string, outer: readonly Command[]): Map<string, number> {
  const inner = parseCommandStats(after)
  const subtract = (name: string, count: number) => inner.set(name, Math.max(0, (inner.get(name) ?? 0) - count))
  for (const [name, count] of parseCommandStats(before)) subtract(name, count)
  for (const command of [STATISTICS, ...outer]) subtract(commandName(command), 1)
  for (const [name, count] of inner) if (count === 0) inner.delete(name)
  return inner
}
