import type { LocalUpstash } from '../../local/index.ts'

export interface Asked {
  method?: string
  body?: string | Buffer | unknown[]
  headers?: Record<string, string>
  /** null sends none. */
  token?: string | null
}

export interface Answered { status: number, headers: Headers, text: string, json: any }

/** A request as curl would send it: no SDK in between. */
export async function ask (local: LocalUpstash, path: string, { method, body, headers = {}, token = local.token }: Asked = {}): Promise<Answered> {
  const response = await fetch(local.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: Array.isArray(body) ? JSON.stringify(body) : body })
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parsed(text) }
}

/** Sends one command to `/` and gives its result or error. */
export async function command (local: LocalUpstash, ...words: Array<string | number>): Promise<any> {
  const { json } = await ask(local, '/', { body: words })
  return 'error' in json ? json : json.result
}

/** The code that undici gives a broken connection. */
export async function failureOf (asked: Promise<unknown>): Promise<string> {
  const error: any = await asked.then(() => undefined, (error: unknown) => error)
  return error?.cause?.code ?? error?.name ?? 'none'
}

function parsed (text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
