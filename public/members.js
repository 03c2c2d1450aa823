/** Who is in a room and who has left it, by its events. */
export class Members {
  here = new Map()
  /** By id: name, and when he was last there where that is known. */
  gone = new Map()
  /** Of the last snapshot: whom it speaks for, and how many it did not list. */
  source
  unlisted = 0

  /** Takes an event; answers what a person would be told of it, or undefined. */
  take (event) {
    if (event.type === 'snapshot') return this.#replace(event)
    if (event.type === 'leave') return this.#leave(event)
    if (event.type !== 'join' && event.type !== 'update') return undefined
    const before = this.here.get(event.member.userId)
    this.here.set(event.member.userId, event.member)
    this.gone.delete(event.member.userId)
    return event.type === 'join' ? `${nameOf(event.member)} joined` : told(before, event.member)
  }

  nameOf (userId) {
    return nameOf(this.here.get(userId) ?? this.gone.get(userId))
  }

  #replace ({ members, total, source }) {
    const before = this.here
    this.here = new Map(members.map(member => [member.userId, member]))
    this.source = source
    this.unlisted = total - members.length
    for (const [userId, member] of before) if (!this.here.has(userId)) this.gone.set(userId, { meta: member.meta, state: 'unknown' })
    for (const userId of this.here.keys()) this.gone.delete(userId)
    return undefined
  }

  #leave ({ userId, asOf }) {
    const member = this.here.get(userId)
    if (member === undefined) return undefined
    this.here.delete(userId)
    this.gone.set(userId, { meta: member.meta, state: 'offline', lastSeen: asOf })
    return `${nameOf(member)} left`
  }
}

export function nameOf (member) {
  return member?.meta?.name ?? 'Somebody'
}

function told (before, now) {
  const name = nameOf(now)
  if (before?.state !== now.state) return `${name} is ${now.state}`
  const text = now.customStatus?.text
  if (before?.customStatus?.text === text) return undefined
  return text === undefined ? `${name} cleared the message` : `${name}: ${[now.customStatus.emoji, text].filter(Boolean).join(' ')}`
}
