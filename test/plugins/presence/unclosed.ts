import { createLocalPresence } from '../../../plugins/presence/index.ts'

// Run by a test: if anything here kept the process alive, it would not end.
const presence = createLocalPresence({ grace: 3_600_000 })
presence.connect({ userId: 'ann', room: 'chat' }).close()
presence.connect({ userId: 'bob', room: 'chat' })
await presence.setCustomStatus('bob', { text: 'away', expiresAt: Date.now() + 3_600_000 })
const events = presence.watch('chat', { signal: new AbortController().signal })[Symbol.asyncIterator]()
await events.next()
events.next().catch(() => {})
