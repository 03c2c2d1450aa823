export type Line = Record<'state' | 'since' | 'connections' | 'meta' | 'rooms', unknown>

/** A line of a field as a node writes it, by another hand. */
export function storedLine (changes: Partial<Line> = {}): string {
  const { state, since, connections, meta, rooms } = { state: 'online', since: 1, connections: 1, meta: [], rooms: [], ...changes }
  return `node ${JSON.stringify([state, since, connections, meta, rooms])}`
}
