// EventSource comes back by itself, but to the address it had: with the status of then, and never after an answer that is no stream.
// So each try is a new one, with the status of now and the id of the last event.

/** Milliseconds; the first is well within the server's grace, so that nobody sees one leave. */
const WAITS = [300, 1000, 2000, 4000, 8000]

/** Follows a room until it is closed. The open stream is what makes the user present. */
export function follow (room, { status, onEvent, onOpen, onLost }) {
  let source, timer, lastEventId
  let tries = 0

  const open = () => {
    clearTimeout(timer)
    source?.close()
    const query = new URLSearchParams({ status: status(), ...lastEventId ? { lastEventId } : {} })
    source = new EventSource(`/presence/${encodeURIComponent(room)}/stream?${query}`)
    source.onopen = () => {
      tries = 0
      onOpen()
    }
    source.onmessage = message => {
      lastEventId = message.lastEventId || lastEventId
      onEvent(JSON.parse(message.data))
    }
    source.onerror = () => {
      source.close()
      const wait = WAITS[Math.min(tries++, WAITS.length - 1)]
      timer = setTimeout(open, wait * (0.75 + Math.random() / 2))
      onLost(tries)
    }
  }

  open()
  return {
    /** Opens anew, with the status of now. */
    reopen: open,
    close () {
      clearTimeout(timer)
      source.close()
    }
  }
}
