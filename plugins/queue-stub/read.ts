/**
 * What `read` makes of something that the caller gave. What throws as it is read, such as a getter or a proxy, is the caller's mistake
 * as well; what it throws is not told, which may be data. Read each property once: the next time it may be another value.
 */
export function readOr<T> (mistake: () => Error, read: () => T): T {
  try {
    return read()
  } catch {
    throw mistake()
  }
}
