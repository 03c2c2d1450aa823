import type { LocalUpstash } from '../../local/index.ts'

/** A stream of server-sent events, read line by line. */
export interface Events {
  status: number
  headers: Headers
  /** The next line of data, `undefined` once the stream ended, or the error that it broke with. */
  next (): Promise<string | undefined | Error>
  close (): void
}

export async function openEvents (local: LocalUpstash, path: string): Promise<Events> {
  const leaving = new AbortController()
  const response = await fetch(local.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${local.token}`, accept: 'text/event-stream' },
    signal: leaving.signal
  })
  const lines = dataLines(response)
  return {
    status: response.status,
    headers: response.headers,
    next: () => lines.next().then(({ value }) => value ?? undefined, (error: unknown) => error as Error),
    close: () => leaving.abort()
  }
}

async function * dataLines (response: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split('\n')
    text = lines.pop()!
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length)
  }
}
