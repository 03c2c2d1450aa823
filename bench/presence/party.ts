import { openPresence } from './ours.ts'
import { LAST_WORD, type Told } from './party-words.ts'
import { TIMES } from './setting.ts'

// A process of part (b): one joins where it is told to, the other tells what it sees.

const ROOM = 'lobby'
const [role, url = '', token = '', window = ''] = process.argv.slice(2)
const { presence, close } = await openPresence({ url, token }, { ...TIMES, window: Number(window) })
const ending = new AbortController()
const tell = (userId: string): void => { process.send?.({ userId, at: Number(process.hrtime.bigint()) / 1e6 } satisfies Told) }

process.on('message', userId => {
  if (userId === LAST_WORD) {
    end()
  } else {
    tell(String(userId))
    presence.connect({ userId: String(userId), room: ROOM })
  }
})
if (role === 'watcher') {
  for await (const event of presence.watch(ROOM, { signal: ending.signal })) {
    if (event.type === 'join') tell(event.member.userId)
    if (event.type === 'snapshot') tell('')
  }
} else tell('')

async function end (): Promise<void> {
  ending.abort()
  await close()
  process.disconnect()
}
