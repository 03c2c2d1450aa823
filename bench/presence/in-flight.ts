import { subscribe } from 'node:diagnostics_channel'
import { setImmediate as turn } from 'node:timers/promises'

interface Message { readonly request: { readonly path: string } }

/** Turns of the event loop that a client may take between an answer and its next request. */
const TURNS = 5

const requests = new Set<object>()

// undici tells of its requests here, that of Node's fetch as well as the package; a subscription has no end to wait for.
subscribe('undici:request:create', message => {
  const { request } = message as Message
  if (!request.path.startsWith('/subscribe')) requests.add(request)
})
for (const end of ['undici:request:trailers', 'undici:request:error']) {
  subscribe(end, message => { requests.delete((message as Message).request) })
}

/** Resolves when no HTTP request of this process is under way, and none follows. */
export async function settled (): Promise<void> {
  for (let quiet = 0; quiet < TURNS; quiet++) {
    await turn()
    if (requests.size > 0) quiet = -1
  }
}
