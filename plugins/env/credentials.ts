/** Where a process finds its Upstash database, checked once so that no other file has to look at it again. */
export type Credentials =
  | { readonly status: 'missing' }
  | { readonly status: 'unusable', readonly problem: string }
  | UsableCredentials

export interface UsableCredentials {
  readonly status: 'usable'
  /** Base address of the REST endpoint without a slash at its end. */
  readonly url: string
  /** Not enumerable, so that logging or serialising the configuration does not show it. */
  readonly token: string
}

/** A setting and the name that its owner knows it by: an environment variable or an option. */
export interface Setting {
  readonly name: string
  readonly value: string
}

/**
 * Judges a URL and a token. The problem text names the setting at fault and the mend, and repeats neither value:
 * a mistyped URL often has the token or a password in it.
 */
export function checkCredentials (url: Setting, token: Setting, allowInsecure: boolean): Credentials {
  if (url.value === '' && token.value === '') return { status: 'missing' }
  const problem = missingHalf(url, token) ?? stray(url) ?? stray(token) ?? badToken(token) ?? badUrl(url, allowInsecure)
  if (problem !== undefined) return { status: 'unusable', problem }
  const usable = { status: 'usable' as const, url: url.value.replace(/\/+$/, '') }
  return Object.defineProperty(usable, 'token', { value: token.value, enumerable: false }) as UsableCredentials
}

function missingHalf (url: Setting, token: Setting): string | undefined {
  if (url.value === '') return `${url.name} is missing beside ${token.name}: set both, or neither to run without Redis`
  if (token.value === '') return `${token.name} is missing beside ${url.name}: set both, or neither to run without Redis`
}

function stray ({ name, value }: Setting): string | undefined {
  if (value !== value.trim()) return `${name} begins or ends with a blank or a line break: remove it`
  if (/^["'`]|["'`]$/.test(value)) return `${name} has quotes around it: remove them`
}

function badToken ({ name, value }: Setting): string | undefined {
  // What an HTTP header may not carry would fail every request with an error of the HTTP client's own.
  if (!/^[\x21-\x7e]+$/.test(value)) return `${name} has characters that no token has: copy it again from the Upstash console`
}

function badUrl ({ name, value }: Setting, allowInsecure: boolean): string | undefined {
  if (/^rediss?:/i.test(value)) return `${name} is a redis:// address, which needs TCP: use the REST URL of the Upstash console, which begins with https://`
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return `${name} is no https:// URL: copy the REST URL from the Upstash console`
  if (url.username !== '' || url.password !== '') return `${name} has credentials in it: remove the part before the @ and give the token by itself`
  if (url.search !== '' || url.hash !== '') return `${name} has a query or a fragment: remove what follows the ? or #`
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname)) {
    return `${name} would send the token unencrypted: use https://, or the option allowInsecure in a network that you trust`
  }
}

function isLoopback (hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}
