/** Required tests that fail for a reason, by id. Who mends one removes it here, and the command says so. */
export type KnownFailures = Readonly<Record<string, string>>

const ERRORS = 'a reply with 5xx is never stored, though RFC 9111 §3 would allow it: an error is nothing to repeat'
const COOKIES = 'a reply that sets a cookie is never stored, since it is one client\'s'
const STALE = 'what is stale is served in place of an error only where the route or the reply has stale-if-error, and this one has not'
const COOKIE_2 = 'Set-Cookie2, which nobody sends any more, is not stored'

const always: KnownFailures = {
  ...each(ERRORS, ['status-500-stale', 'status-502-stale', 'status-503-stale', 'status-504-stale', 'status-599-stale', 'status-599-must-understand']),
  ...each(STALE, ['stale-close-must-revalidate', 'stale-close-proxy-revalidate', 'stale-close-no-cache', 'stale-close-s-maxage=2']),
  'headers-store-Set-Cookie': COOKIES,
  'headers-store-Set-Cookie2': COOKIE_2
}

const CDN = 'CDN-Cache-Control is for the CDN in front of the server (RFC 9213 §3), which a cache within it is not'

const ofRepository: KnownFailures = each(CDN, [
  'cdn-max-age-age', 'cdn-max-age-0', 'cdn-max-age-0-expires', 'cdn-max-age-long-cc-max-age', 'cdn-private', 'cdn-no-cache', 'cdn-no-store-cc-fresh', 'cdn-fresh-cc-nostore',
  'cdn-cc-invalid-sh-type-unknown', 'cdn-cc-invalid-sh-type-wrong'
])

const AGE = 'RFC 9111 §5.1, which is younger than the package: of an Age the first member counts, and one that is no number is ignored'
const DIGEST = 'RFC 9111 §3.2, which is younger than the package: a 304 updates every field but those that say how the bytes of the body are to be read'

const ofPackage: KnownFailures = {
  ...each(AGE, [
    'age-parse-nonnumeric', 'age-parse-negative', 'age-parse-float', 'age-parse-prefix-twoline', 'age-parse-dup-0', 'age-parse-dup-0-twoline', 'age-parse-dup-old', 'age-parse-parameter',
    'age-parse-numeric-parameter'
  ]),
  '304-etag-update-response-Content-MD5': DIGEST,
  '304-etag-update-response-ETag': 'a 304 about another ETag than the stored one confirms nothing: RFC 9111 §4.3.4',
  '304-etag-update-response-Set-Cookie': COOKIES,
  '304-etag-update-response-Set-Cookie2': COOKIE_2
}

/** The package and the repository have tests of the same id that ask for different things. */
export const knownFailures = { package: { ...always, ...ofPackage }, repository: { ...always, ...ofRepository } } as const

function each (reason: string, ids: readonly string[]): KnownFailures {
  return Object.fromEntries(ids.map(id => [id, reason]))
}
